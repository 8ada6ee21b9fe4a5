/**
 * The global types that an app's types may use, as TypeScript: everything else
 * of the standard library is unknown to the official parser, and so here.
 */
export const UNIVERSE = `
export class Promise<T> {}
export class Date {}
export type Array<T> = T[];
export type Partial<T> = { [K in keyof T]?: T[K] };
export type Required<T> = { [K in keyof T]-?: T[K] };
export type Readonly<T> = { readonly [K in keyof T]: T[K] };
export type Pick<T, K extends keyof T> = { [P in K]: T[P] };
export type Record<K extends keyof any, V> = { [P in K]: V };
export type Exclude<T, U> = T extends U ? never : T;
export type Extract<T, U> = T extends U ? T : never;
export type Omit<T, K extends keyof any> = Pick<T, Exclude<keyof T, K>>;
export type NonNullable<T> = T & {};
`;
