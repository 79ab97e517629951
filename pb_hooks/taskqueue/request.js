// Reading small requests (those whose fields the VM looks at). Anything wrong is a BAD_REQUEST that names the field.
const { asRefusal, refusal } = require(`${__hooks}/taskqueue/refusal.js`);

const bad = (message) => refusal(400, "BAD_REQUEST", message);

const parse = (text) => {
  try {
    const body = JSON.parse(text);
    if (typeof body === "object" && body !== null && !Array.isArray(body)) return body;
  } catch {
    // Falls through: not JSON is as wrong as not an object.
  }
  throw bad("The body must be a JSON object");
};

const text = (value, name, max = 128) => {
  if (typeof value === "string" && value.length > 0 && value.length <= max) return value;
  throw bad(`${name} must be a text of 1 to ${max} characters`);
};

const whole = (value, name, min, max) => {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw bad(`${name} must be a whole number from ${min} to ${max}`);
};

const texts = (value, name, most, max = 128) => {
  if (!Array.isArray(value) || value.length > most) throw bad(`${name} must be a list of at most ${most}`);
  return value.map((item) => text(item, name, max));
};

/** SQLite's word on JSON that the VM could read, but that is nested more than a thousand deep; null for other errors. */
const asBadJson = (error) =>
  /malformed JSON/i.test(String(error)) ? asRefusal(bad("The body is no JSON, or is nested too deep")) : null;

/** What SQLite read of a body that stays text; a body that is no JSON is a BAD_REQUEST. */
const parseHead = (read) => {
  try {
    return JSON.parse(read());
  } catch (error) {
    if (/malformed JSON/i.test(String(error))) throw bad("The body must be JSON");
    throw error;
  }
};

/** The small fields of a body that stays text, as `statement` picks them; they are not looked at twice. */
const readHead = (db, statement, body) => parseHead(() => rows(db, statement, { body })[0]);

/** The column `j` of every row, as an array of texts. */
const rows = (db, statement, values) => {
  const found = arrayOf(new DynamicModel({ j: "" }));
  db.newQuery(statement).bind(values).all(found);
  const out = [];
  for (const row of found) out.push(row.j);
  return out;
};

const DAY_MS = 24 * 3600 * 1000;

module.exports = { bad, parse, asBadJson, text, whole, texts, parseHead, readHead, rows, DAY_MS };
