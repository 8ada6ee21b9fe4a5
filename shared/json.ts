/** Any JSON value: what a `jsonb` column, a record's field or an event's details may hold. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
