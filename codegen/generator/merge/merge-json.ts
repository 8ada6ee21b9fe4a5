import { diff3Merge } from "node-diff3";

type JsonObject = { [key: string]: unknown };

/** A value that both sides changed in different ways. */
class Conflict extends Error {}

/**
 * Merges two versions of a JSON text over the one that both come from, value by value: `package.json` would not survive
 * conflict markers, and two dependencies added beside each other are no conflict. Keys stay in the order of `yours`.
 * Undefined where both changed a value differently, or a text is not JSON.
 */
export function mergeJson(base: string, yours: string, generated: string): string | undefined {
  try {
    const merged = mergeValue(JSON.parse(base), JSON.parse(yours), JSON.parse(generated));
    return `${JSON.stringify(merged, null, 2)}\n`;
  } catch (error) {
    if (error instanceof Conflict || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function mergeValue(base: unknown, yours: unknown, generated: unknown): unknown {
  if (same(yours, generated) || same(base, generated)) return yours;
  if (same(base, yours)) return generated;
  if (isObject(yours) && isObject(generated))
    return mergeObject(isObject(base) ? base : {}, yours, generated);
  if (Array.isArray(base) && Array.isArray(yours) && Array.isArray(generated))
    return mergeList(base, yours, generated);
  throw new Conflict();
}

/** A key that one side does not have is undefined there; undefined after the merge: gone. */
function mergeObject(base: JsonObject, yours: JsonObject, generated: JsonObject): JsonObject {
  const keys = new Set([...Object.keys(yours), ...Object.keys(generated)]);
  const merged = [...keys].map((key) => [
    key,
    mergeValue(own(base, key), own(yours, key), own(generated, key)),
  ]);
  return Object.fromEntries(merged.filter(([, value]) => value !== undefined)) as JsonObject;
}

function mergeList(base: unknown[], yours: unknown[], generated: unknown[]): unknown[] {
  const texts = (list: unknown[]) => list.map((item) => JSON.stringify(item));
  const regions = diff3Merge(texts(yours), texts(base), texts(generated), { excludeFalseConflicts: true });
  return regions.flatMap((region) => {
    if (region.conflict) throw new Conflict();
    return region.ok!.map((item) => JSON.parse(item) as unknown);
  });
}

function own(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
