/** A Postgres array literal of texts: one parameter, and one prepared statement, for any number of values. */
export function textArray(values: readonly (string | undefined)[]): string {
  return `{${values.map((value) => (value === undefined ? "NULL" : quote(value))).join(",")}}`;
}

function quote(value: string): string {
  return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/** A Postgres array literal of numbers, or of ids as text. */
export function numberArray(values: Iterable<number | string>): string {
  return `{${[...values].join(",")}}`;
}
