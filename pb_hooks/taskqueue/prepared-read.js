// Reads that nearly every call makes, compiled once for all VMs: compiling costs five times as much as running them.
// database/sql keeps a compiled copy on each connection of the reader pool, and compiles anew after a schema change.

/** Answers a reader: it takes the values of {:names} and gives the one text that the statement selects. */
const preparedRead = (name, statement) => {
  const names = [];
  const positional = statement.replace(/\{:(\w+)\}/g, (_, parameter) => {
    if (!names.includes(parameter)) names.push(parameter);
    return `?${names.indexOf(parameter) + 1}`;
  });
  const key = `taskqueue.read.${name}`;
  return (values) => {
    const compiled = $app.store().getOrSet(key, () => $app.concurrentDB().db().prepare(positional));
    const found = nullString();
    compiled.queryRow(...names.map((parameter) => values[parameter])).scan(found);
    return String(found);
  };
};

module.exports = { preparedRead };
