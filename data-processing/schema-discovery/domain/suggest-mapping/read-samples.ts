import type { JsonValue } from "../../../../shared/json.js";
import type { DataSource } from "../../../sources/data-source.js";
import { parseExactJson } from "../../../sources/exact-json.js";
import { quoteTable } from "../../../sources/identifiers.js";
import type { DiscoveredEntity } from "../entity.js";

const sampleSize = 200;
const sampleTimeoutMs = 5_000;

/** Up to 200 records of an entity, as the database gives them first: enough to see what its values look like. */
export async function readSamples(
  source: DataSource,
  entity: DiscoveredEntity,
): Promise<Record<string, JsonValue>[]> {
  return await source.begin(
    async (tx) => {
      const rows = await tx.unsafe<{ record: string }[]>(
        `SELECT to_jsonb(sample)::text AS record FROM (SELECT * FROM ${quoteTable(entity.table)} LIMIT ${sampleSize}) AS sample`,
      );
      return rows.map((row) => parseExactJson(row.record) as Record<string, JsonValue>);
    },
    { readOnly: true, statementTimeoutMs: sampleTimeoutMs },
  );
}
