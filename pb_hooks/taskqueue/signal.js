// Waking runners: SQL fires no realtime event, and sending to clients by hand can hang a VM for good, so one small
// record is saved. At most every 50 ms a name: whoever is woken looks once more a little later. `tasks` is about how
// many became claimable, those of the signals left out included; 0 when nobody counted.
const LEAST_GAP_MS = 50;

const isQuiet = (name) => Date.now() - ($app.store().get(`taskqueue.signal.${name}`) ?? 0) >= LEAST_GAP_MS;

/** Never throws: a lost wake-up costs a poll's delay, not the call that was already committed. */
const signal = (name, tasks = 0) => {
  const unsaid = `taskqueue.unsaid.${name}`;
  const total = tasks + ($app.store().get(unsaid) ?? 0);
  if (!isQuiet(name)) {
    $app.store().set(unsaid, total);
    return;
  }
  const at = Date.now();
  $app.store().set(`taskqueue.signal.${name}`, at);
  $app.store().set(unsaid, 0);
  try {
    const record = $app.findFirstRecordByData("signals", "name", name);
    record.set("at", at);
    record.set("tasks", total);
    $app.save(record);
  } catch (error) {
    $app.logger().warn("taskqueue: no wake-up sent", "name", name, "error", String(error));
  }
};

module.exports = { signal, isQuiet };
