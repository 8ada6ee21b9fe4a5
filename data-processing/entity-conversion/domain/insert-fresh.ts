import type { SourceTransaction } from "../../sources/data-source.js";
import { quoteIdentifier, quoteTable } from "../../sources/identifiers.js";
import { postgresError } from "../../sources/postgres-errors.js";
import type { ConversionPlan } from "./plan.js";
import { recordIdSql } from "./record-id.js";
import { columnSql, hasRelated, valueColumn } from "./write-names.js";
import type { StepRow, WriteContext } from "./write-statement.js";

/** Whether the records that come next are expected to have neither link nor target record, as when a rule runs first. */
export interface Expectation {
  fresh: boolean;
  /** The last batch had neither. */
  proven?: boolean;
}

/** Whether a plan's records can be inserted without looking: one target record each, and nothing written back. */
export function canInsertFresh(
  plan: ConversionPlan,
  context: Pick<WriteContext, "writeBack" | "dryRun" | "withValues">,
): boolean {
  return !hasRelated(plan) && !context.writeBack && !context.dryRun && !context.withValues;
}

/**
 * Inserts the records of `computed` with their links, without looking for what is there, where none is expected to
 * have either. Where one has, a unique key refuses the statement, and the answer is undefined: the batch is written
 * with looking then, and so are those that follow.
 */
export async function insertFresh(
  tx: SourceTransaction,
  plan: ConversionPlan,
  context: WriteContext,
  expected: Expectation,
): Promise<StepRow[] | undefined> {
  if (!expected.fresh || !canInsertFresh(plan, context)) return undefined;
  // The statement has parameters of its own behind those of `computed`.
  const given = context.params.values.length;
  try {
    const rows = await tx.savepoint((inner) => insertRows(inner, plan, context));
    expected.proven = rows.some(({ step }) => step === "insert");
    return rows;
  } catch (error) {
    if (postgresError(error)?.code !== "23505") throw error;
    context.params.values.length = given;
    expected.fresh = false;
    expected.proven = false;
    return undefined;
  }
}

/** Inserts the records of `computed` with their links. Throws where one has a link or a target record. */
export async function insertRows(
  tx: SourceTransaction,
  plan: ConversionPlan,
  context: WriteContext,
): Promise<StepRow[]> {
  const statement = insertStatement(plan, context);
  const rows = await tx.unsafe<InsertedRow[]>(statement, context.params.values);
  return rows
    .map((row): StepRow => ({ ...row, ...inserted, written: row.targetKey !== null }))
    .sort((a, b) => a.ord - b.ord);
}

type InsertedRow = Pick<StepRow, "ord" | "key" | "step" | "cause" | "targetKey">;

/** What all rows of the statement have in common. */
const inserted = { action: "create", before: null, after: null, part: null, related: null } as const;

/** Learns from a batch that was written with looking. */
export function learn(expected: Expectation, rows: readonly StepRow[]): void {
  expected.fresh = rows.length > 0 && rows.every(({ step }) => !present.has(step));
  expected.proven = false;
}

/** Steps of records whose link or target was there. */
const present = new Set<StepRow["step"]>(["update", "unchanged", "replayed", "kept", "deferred"]);

function insertStatement(plan: ConversionPlan, { params, computed, tenantId, jobId }: WriteContext): string {
  const [part] = plan.parts;
  const row = part.places.map((place) => `c.${valueColumn(place)}`).join(", ");
  const noKey = part.naturalKey.map((place) => `c.${valueColumn(place)} IS NULL`).join(" OR ");
  const required = part.places.filter((place) => !plan.targets[place]!.nullable);
  const nulls = required.map((place) => `WHEN c.${valueColumn(place)} IS NULL THEN ${place}`).join(" ");
  const natural = part.naturalKey.map((place, at) => {
    const { field, column } = plan.targets[place]!;
    return {
      made: `n${at}`,
      name: columnSql("t", field),
      given: `(d.${valueColumn(place)})::${column.fullType}`,
    };
  });
  const columns = part.places.map((place) => quoteIdentifier(plan.targets[place]!.field)).join(", ");
  const values = part.places.map((place) => `d.${valueColumn(place)}`).join(", ");
  const same = natural.map(({ made, given }) => `i.${made} = ${given}`).join(" AND ");
  const made = natural.map(({ made, name }) => `${name} AS ${made}`).join(", ");
  const targetKey = recordIdSql(part.targetKey.map((name) => columnSql("t", name)));
  const source = `${plan.source.schema.source}/${plan.source.schema.entityType}`;
  return `WITH ${computed},
  decided AS MATERIALIZED (
    SELECT c.*, n.null_cause,
      CASE WHEN c.status <> 'ok' THEN c.status WHEN ${noKey} THEN 'no-key' WHEN n.null_cause IS NOT NULL THEN 'null' ELSE 'insert' END AS step,
      CASE WHEN c.status = 'ok' THEN md5(${params.plain(part.digest)} || ROW(${row})::text)::uuid END AS hash
    FROM computed c CROSS JOIN LATERAL (SELECT ${required.length > 0 ? `CASE ${nulls} END` : "NULL::integer"} AS null_cause) n
  ),
  inserted AS (
    INSERT INTO ${quoteTable(part.entity.table)} AS t (${columns}) SELECT ${values} FROM decided d WHERE d.step = 'insert'
    RETURNING ${made}, ${targetKey} AS target_key, md5((t.*)::text)::uuid AS after_hash
  ),
  link_rows AS (
    INSERT INTO axion.links AS l (tenant_id, rule_id, source_entity, source_key, part, target_entity, target_key, rule_version,
      job_id, action, source_hash, after_hash)
    SELECT ${params.plain(tenantId)}, ${params.plain(plan.ruleId)}::uuid, ${params.plain(source)}, d.key, '',
      ${params.plain(part.entity.schema.entityType)}, i.target_key, ${plan.ruleVersion}, ${params.plain(jobId ?? null)}::uuid, 'create',
      d.hash, i.after_hash
    FROM (SELECT * FROM decided WHERE step = 'insert') d FULL JOIN inserted i ON ${same}
    WHERE coalesce(i.target_key, '') <> '' AND coalesce(d.ord, -1) >= 0
    RETURNING l.source_key, l.target_key
  )
  SELECT d.ord, d.key, d.step, coalesce(CASE WHEN d.step = 'null' THEN d.null_cause END, d.cause) AS cause,
    w.target_key AS "targetKey"
  FROM decided d FULL JOIN link_rows w ON w.source_key = d.key`;
}
