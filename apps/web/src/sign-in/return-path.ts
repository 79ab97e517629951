/** Where to go after signing in. Only ever a path of this page: an address in `?to=` must not carry anybody away. */
export const returnPath = (to: string | null): string => (to !== null && /^\/(?![/\\])/.test(to) ? to : "/");
