const number = new Intl.NumberFormat("en");

/** `1 chapter`, `3,000 chapters`. */
export const count = (n: number, one: string, many = `${one}s`): string =>
  `${number.format(n)} ${n === 1 ? one : many}`;

export const figure = (n: number): string => number.format(n);
