// {definitions: [{kind, title, description?, payloadSchema?, defaults?}]}: makes or changes them. Status and removal stay
// as they are, and one that says what it said before is not written.
const { bad, parse, text } = require(`${__hooks}/taskqueue/request.js`);

const MOST = 1000;
const MOST_JSON = 256 * 1024;

const DEFINE = `INSERT INTO definitions (kind, title, description, payload_schema, defaults, created_at, updated_at)
  SELECT value->>0, value->>1, value->>2, value->>3, value->>4, {:now}, {:now} FROM json_each({:definitions}) WHERE true
  ON CONFLICT (kind) DO UPDATE SET title = excluded.title, description = excluded.description,
    payload_schema = excluded.payload_schema, defaults = excluded.defaults, updated_at = excluded.updated_at
  WHERE (title, description, payload_schema, defaults)
    <> (excluded.title, excluded.description, excluded.payload_schema, excluded.defaults)`;

const asJson = (value, name) => {
  if (typeof value !== "object" || Array.isArray(value)) throw bad(`${name} must be an object`);
  const json = JSON.stringify(value);
  if (json.length > MOST_JSON) throw bad(`${name} must be at most ${MOST_JSON} characters of JSON`);
  return json;
};

const row = (definition) => {
  const { kind, title, description = "", payloadSchema = null, defaults = {} } = definition ?? {};
  return [
    text(kind, "kind", 128),
    text(title, "title", 200),
    description === "" ? "" : text(description, "description", 2000),
    asJson(payloadSchema, "payloadSchema"),
    asJson(defaults ?? {}, "defaults"),
  ];
};

const run = (body) => {
  const { definitions } = parse(body);
  if (!Array.isArray(definitions) || definitions.length > MOST)
    throw bad(`definitions must be a list of at most ${MOST}`);
  const values = { definitions: JSON.stringify(definitions.map(row)), now: Date.now() };
  $app.nonconcurrentDB().newQuery(DEFINE).bind(values).execute();
  return "{}";
};

module.exports = { roles: ["backend", "runner"], run, statements: { DEFINE } };
