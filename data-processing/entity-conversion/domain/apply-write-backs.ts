import type { DataSource, SourceTransaction } from "../../sources/data-source.js";
import { quoteIdentifier } from "../../sources/identifiers.js";
import { isRecordError, postgresError } from "../../sources/postgres-errors.js";
import { textValueSql } from "./load-records.js";
import type { ConversionPlan } from "./plan.js";
import { imagesSql, writtenBack } from "./write-back.js";

const pageSize = 1_000;
const mostPages = 1_000;

interface WriteBackRow {
  key: string;
  id: string;
  fields: string;
  /** When the conversion wrote its target. */
  at: string;
}

/**
 * Sets the fields of source records that conversions of the rule have queued in the target's database, each once: a
 * row leaves the queue after the source has recorded that it was applied, and a row that comes again finds that
 * record. Answers with what the source refused, by record id. Refused rows stay queued: those of `retried` records
 * are tried again.
 */
export async function applyWriteBacks(
  { plan, source, target }: { plan: ConversionPlan; source: DataSource; target: DataSource },
  tenantId: string,
  retried: readonly string[] = [],
): Promise<Map<string, string>> {
  const entity = `${plan.source.schema.source}/${plan.source.schema.entityType}`;
  const refused = new Map<string, string>();
  if (retried.length > 0) {
    await target.begin(
      (tx) => tx`
      UPDATE axion.write_backs SET error = NULL
      WHERE tenant_id = ${tenantId} AND rule_id = ${plan.ruleId} AND source_entity = ${entity} AND error IS NOT NULL
        AND source_key = ANY (ARRAY(SELECT json_array_elements_text(${JSON.stringify(retried)}::text::json)))`,
    );
  }
  for (let page = 0; page < mostPages; page++) {
    const more = await target.begin(async (tx) => {
      const rows = [
        ...(await tx<WriteBackRow[]>`
        SELECT source_key AS key, id::text, fields::text, created_at::text AS at FROM axion.write_backs
        WHERE tenant_id = ${tenantId} AND rule_id = ${plan.ruleId} AND source_entity = ${entity} AND error IS NULL
        ORDER BY source_key LIMIT ${pageSize} FOR UPDATE SKIP LOCKED`),
      ];
      if (rows.length === 0) return false;
      const failures = await source.begin(async (inner) => {
        const found = new Map<string, string>();
        await applyRows(inner, { plan, tenantId, entity }, rows, found);
        return found;
      });
      const done = rows.map(({ key }) => key).filter((key) => !failures.has(key));
      await tx`
        DELETE FROM axion.write_backs WHERE tenant_id = ${tenantId} AND rule_id = ${plan.ruleId} AND source_entity = ${entity}
          AND source_key = ANY (ARRAY(SELECT json_array_elements_text(${JSON.stringify(done)}::text::json)))`;
      for (const [key, error] of failures) {
        refused.set(key, error);
        await tx`
          UPDATE axion.write_backs SET error = ${error} WHERE tenant_id = ${tenantId} AND rule_id = ${plan.ruleId}
            AND source_entity = ${entity} AND source_key = ${key}`;
      }
      return rows.length === pageSize;
    });
    if (!more) break;
  }
  return refused;
}

interface Application {
  plan: ConversionPlan;
  tenantId: string;
  entity: string;
}

/** Applies rows; one that the source refuses is found by halving and left out. */
async function applyRows(
  tx: SourceTransaction,
  application: Application,
  rows: readonly WriteBackRow[],
  refused: Map<string, string>,
): Promise<void> {
  try {
    await tx.savepoint((inner) => inner.unsafe(...applyStatement(application, rows)));
  } catch (error) {
    if (!isRecordError(error)) throw error;
    const [only] = rows;
    if (rows.length === 1 && only) {
      refused.set(only.key, postgresError(error)!.message.slice(0, 1_000));
      return;
    }
    const middle = Math.ceil(rows.length / 2);
    await applyRows(tx, application, rows.slice(0, middle), refused);
    await applyRows(tx, application, rows.slice(middle), refused);
  }
}

function applyStatement(
  { plan, tenantId, entity }: Application,
  rows: readonly WriteBackRow[],
): [string, string[]] {
  const places = writtenBack(plan);
  const set = places.map((place) => {
    const target = plan.targets[place]!;
    return `${quoteIdentifier(target.field)} = ${textValueSql(target, `x.fields ->> 'v${place}'`)}`;
  });
  const statement = `WITH q AS (
      SELECT * FROM json_to_recordset($4::text::json) AS q(key text, id uuid, at timestamptz, fields jsonb)
    ),
    fresh AS (
      INSERT INTO axion.applied_write_backs AS a (tenant_id, rule_id, source_entity, source_key, id)
      SELECT $1::text, $2::text::uuid, $3::text, q.key, q.id FROM q
      ON CONFLICT (tenant_id, rule_id, source_entity, source_key) DO UPDATE SET id = excluded.id, applied_at = now()
        WHERE a.id <> excluded.id
      RETURNING source_key
    ),
    ${imagesSql(plan, {
      rows: "(SELECT q.* FROM q JOIN fresh f ON f.source_key = q.key)",
      set,
      at: "x.at",
      ids: { tenant: "$1::text", rule: "$2::text::uuid", source: "$3::text" },
    }).join(",\n    ")}
    SELECT count(*) FROM written_back`;
  const json = rows.map(
    ({ key, id, fields, at }) =>
      `{"key":${JSON.stringify(key)},"id":"${id}","at":"${at}","fields":${fields}}`,
  );
  return [statement, [tenantId, plan.ruleId, entity, `[${json.join(",")}]`]];
}
