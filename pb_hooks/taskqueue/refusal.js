// An expected "no", thrown through a transaction (which rolls it back) and answered as {code, message, details}. An
// error that crosses a transaction comes back as text only, so the refusal travels inside the message.
const MARK = "taskqueue-refusal:";

const refusal = (status, code, message, details) =>
  new Error(MARK + JSON.stringify({ status, code, message, details: details ?? {} }));

/** The refusal inside an error, or null when it is a real failure. */
const asRefusal = (error) => {
  const text = String(error?.message ?? error);
  const at = text.indexOf(MARK);
  if (at < 0) return null;
  const from = at + MARK.length;
  return JSON.parse(text.slice(from, text.lastIndexOf("}") + 1));
};

module.exports = { refusal, asRefusal };
