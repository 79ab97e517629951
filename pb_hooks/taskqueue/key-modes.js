// What adding a task does when its key is taken: docs/keys.md as a function. `front` is the live task with the key,
// `behind` the one that waits for its end, `failed` the last that failed; each null or a task.
const LOCKED = ["running", "waiting", "cancelling"];

const keep = (task) => ({ type: "keep", task });
const overwrite = (task) => ({ type: "overwrite", task });
const add = (behind) => ({ type: "add", behind });

const BY_MODE = {
  replace: ({ front }) => {
    if (!front) return add(0);
    // Its key is taken from it first, and then another may have come forward.
    return LOCKED.includes(front.status) ? { type: "release", task: front } : overwrite(front);
  },
  unsafe_dedupe: ({ front, failed }) => {
    const existing = front ?? failed;
    return existing ? { type: "touch", task: existing } : add(0);
  },
  keep_first: ({ front }, priority) => {
    if (!front) return add(0);
    return front.status === "pending" && priority < front.priority ? { type: "raise", task: front } : keep(front);
  },
  keep_last: ({ front, behind }) => {
    const last = behind ?? front;
    if (!last) return add(0);
    return LOCKED.includes(last.status) ? add(1) : overwrite(last);
  },
};
BY_MODE.preserve_run_at = BY_MODE.replace;

/** One step: keep, touch, raise, overwrite or release a task, or add one (`behind` 1: behind the live one). */
const decide = (mode, holders, priority) => BY_MODE[mode](holders, priority);

module.exports = { decide, LOCKED };
