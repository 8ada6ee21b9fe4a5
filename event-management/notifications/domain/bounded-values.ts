import type { JsonValue } from "../../../shared/json.js";

const longestText = 2_000;
const mostItems = 20;
const mostKeys = 50;
const deepest = 5;

/** A copy of bounded size: long texts, long lists, large objects and what lies too deep are cut. */
export function boundedValues(fields: Record<string, JsonValue>): Record<string, JsonValue> {
  return boundedObject(fields, 0);
}

function boundedObject(fields: Record<string, JsonValue>, depth: number): Record<string, JsonValue> {
  const kept = Object.entries(fields).slice(0, mostKeys);
  return Object.fromEntries(kept.map(([name, value]) => [name.slice(0, 200), bounded(value, depth + 1)]));
}

function bounded(value: JsonValue, depth: number): JsonValue {
  if (typeof value === "string")
    return value.length > longestText ? `${value.slice(0, longestText)}…` : value;
  if (typeof value !== "object" || value === null) return value;
  if (depth >= deepest) return null;
  if (Array.isArray(value)) return value.slice(0, mostItems).map((item) => bounded(item, depth + 1));
  return boundedObject(value, depth);
}
