/** Nothing in it can be assigned to. What is no plain JSON (dates, URLs, maps) is left as it is. */
export type DeepReadonly<T> = T extends
  | Date
  | URL
  | RegExp
  | Uint8Array
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  ? T
  : T extends (...args: never) => unknown
    ? T
    : T extends object
      ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
      : T;

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/** The same value, its plain objects and lists frozen: a handler that writes into its payload throws there and then. */
export const deepFreeze = <T>(value: T): DeepReadonly<T> => {
  const isOpen = typeof value === "object" && value !== null && !Object.isFrozen(value);
  if (isOpen && (Array.isArray(value) || isPlain(value))) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value as DeepReadonly<T>;
};
