import { APIError } from "encore.dev/api";
import log from "encore.dev/log";
import type { JsonValue } from "../../../../shared/json.js";
import type { DataSource } from "../../../sources/data-source.js";
import { parseExactJson } from "../../../sources/exact-json.js";
import { quoteIdentifier, quoteTable } from "../../../sources/identifiers.js";
import type { DiscoveredEntity } from "../entity.js";

const sampleSize = 200;
const sampleTimeoutMs = 3_000;
/** Characters of a text, and bytes of any other value without a fixed size, that are read. */
const mostCharacters = 300;
const mostBytes = 2_000;

/**
 * Up to 200 records of an entity, as the database gives them first: enough to see what its values look like. Long values are
 * cut or left out. A view that takes longer than 3 s has no samples: names then have to do.
 */
export async function readSamples(
  source: DataSource,
  entity: DiscoveredEntity,
): Promise<Record<string, JsonValue>[]> {
  const statement = sampleSql(entity);
  try {
    return await source.begin(
      async (tx) => {
        const rows = await tx.unsafe<{ record: string }[]>(statement);
        return rows.map((row) => parseExactJson(row.record) as Record<string, JsonValue>);
      },
      { readOnly: true, statementTimeoutMs: sampleTimeoutMs },
    );
  } catch (error) {
    if (!(error instanceof APIError) || error.details?.reason !== "source_timeout") throw error;
    const { source: dataSource, entityType } = entity.schema;
    log.info("no samples in time", { tenantId: source.tenantId, dataSource, entityType });
    return [];
  }
}

function sampleSql({ schema, columns, table }: DiscoveredEntity): string {
  const values = schema.fields.map(({ name, kind }) => {
    const column = quoteIdentifier(name);
    const isText = ["text", "varchar", "bpchar", "citext"].includes(columns[name]!.baseType);
    if (isText) return `left(${column}::text, ${mostCharacters}) AS ${column}`;
    if (kind !== "other") return column;
    return `CASE WHEN pg_column_size(${column}) <= ${mostBytes} THEN ${column} END AS ${column}`;
  });
  return `SELECT to_jsonb(sample)::text AS record FROM (SELECT ${values.join(", ")} FROM ${quoteTable(table)} LIMIT ${sampleSize}) AS sample`;
}
