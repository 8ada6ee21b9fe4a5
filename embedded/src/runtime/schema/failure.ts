/** What a decoder returns instead of a value; `lastFailure()` tells why. */
export const INVALID = Symbol("invalid");
export type Invalid = typeof INVALID;

let message = "";
let path: (string | number)[] = [];

/** Notes why a value was refused. Decoding is synchronous, so one note per thread is enough. */
export function fail(reason: string): Invalid {
  message = reason;
  path = [];
  return INVALID;
}

/** Adds a step to the path of the refused value, from the inside out. */
export function failAt(step: string | number): Invalid {
  path.push(step);
  return INVALID;
}

/** Why and where the last decoding failed, e.g. `person.tags[1]: expected a string, got a number`. */
export function lastFailure(): string {
  let where = "";
  for (const step of path.reverse()) {
    if (typeof step === "number") where += `[${step}]`;
    else where += where ? `.${step}` : step;
  }
  return where ? `${where}: ${message}` : message;
}

/** The kind of a JSON value, for messages. */
export function describeKind(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  switch (typeof value) {
    case "string":
      return "a string";
    case "boolean":
      return "a boolean";
    case "number":
    case "bigint":
      return "a number";
    default:
      return "an object";
  }
}
