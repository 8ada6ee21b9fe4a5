import { EventProblem } from "./event-problem.js";

const deepest = 64;
const longestPath = 200;

/** Refuses data that cannot be kept as it is: too deep, a number beyond a double, U+0000 or half a surrogate pair. */
export function requireData(value: unknown, path: string, depth = 0): void {
  if (typeof value === "string") requireText(value, path);
  else if (typeof value === "number" && !Number.isFinite(value)) {
    throw problem(path, "value_invalid", "is a number beyond what a double holds");
  }
  if (typeof value !== "object" || value === null) return;
  if (depth >= deepest) throw problem(path, "too_large", `is nested deeper than ${deepest}`);
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) requireData(item, `${path}[${index}]`, depth + 1);
    return;
  }
  for (const [name, item] of Object.entries(value)) {
    requireText(name, path);
    requireData(item, `${path}.${name}`, depth + 1);
  }
}

function requireText(text: string, path: string): void {
  if (text.includes("\0") || !text.isWellFormed()) {
    throw problem(path, "invalid_text", "holds the character U+0000 or an unpaired surrogate");
  }
}

function problem(path: string, reason: string, what: string): EventProblem {
  const shown = path.slice(0, longestPath);
  return new EventProblem(shown, reason, `${shown}: ${what}.`);
}
