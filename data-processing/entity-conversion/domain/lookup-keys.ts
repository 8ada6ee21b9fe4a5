import type { DataSource } from "../../sources/data-source.js";
import { quoteIdentifier, quoteTable } from "../../sources/identifiers.js";
import type { Value } from "./expressions/expression.js";
import type { LookupPlan } from "./plan.js";

/** Texts that can be a UUID, for Postgres and ECMAScript. */
export const uuidPattern = "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$";
const uuid = new RegExp(uuidPattern);

/** The text under which a key is found in the result of `readLookup`; null for one that matches nothing. */
export function lookupKeyText(lookup: LookupPlan, key: Value): string | null {
  if (key === null) return null;
  const text = String(key);
  if (lookup.matchKind === "uuid") return uuid.test(text) ? text.toLowerCase() : null;
  return text;
}

const castTypes = { string: "text", int: "bigint", uuid: "uuid" };

/** The statement that reads the values for a JSON array of keys, `$1`. */
export function lookupStatement(lookup: LookupPlan): string {
  const match = quoteIdentifier(lookup.matchColumn);
  return `SELECT q.key AS key, (l.${quoteIdentifier(lookup.valueColumn)})::text AS value
    FROM json_array_elements_text($1::text::json) AS q(key)
    JOIN ${quoteTable(lookup.entity.table)} l ON l.${match} = (q.key)::${castTypes[lookup.matchKind]}`;
}

/** Reads the values for a set of keys: key text → value text. A key that is absent was not found. */
export async function readLookup(
  source: DataSource,
  lookup: LookupPlan,
  keys: string[],
): Promise<Map<string, string | null>> {
  if (keys.length === 0) return new Map();
  const rows = await source.begin(
    (tx) =>
      tx
        .unsafe<{ key: string; value: string | null }[]>(lookupStatement(lookup), [JSON.stringify(keys)])
        .execute(),
    { readOnly: true },
  );
  return new Map(rows.map((row) => [row.key, row.value]));
}
