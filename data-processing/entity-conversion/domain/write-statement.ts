import type { Parameters } from "./column-sql.js";
import { decidePart, type LinkIds, orderRecords } from "./decide-parts.js";
import { noLinks } from "./links.js";
import type { ConversionPlan } from "./plan.js";
import { recordIdSql } from "./record-id.js";
import { writeBack } from "./write-back.js";
import { hasRelated, prefixOf } from "./write-names.js";
import { afterSql, keptByFollowing, withWritten, writePart } from "./write-parts.js";

/** What a statement answers with for each record. */
export interface StepRow {
  ord: number;
  key: string;
  /**
   * `filtered`: by the job's filter. `skipped`, `failed`: by a lookup or the condition; `cause` is the place of the
   * value, -1 for the condition. `null`: `cause` is the place of a value that must not be null. `deferred`: another record of the batch has the same target and comes first.
   */
  step:
    | "filtered"
    | "skipped"
    | "failed"
    | "null"
    | "no-key"
    | "kept"
    | "unchanged"
    | "replayed"
    | "insert"
    | "update"
    | "deferred";
  cause: number;
  targetKey: string | null;
  action: "create" | "update" | null;
  /** Whether the write happened, for `insert` and `update`. */
  written: boolean;
  /** The target record before, and its mapped fields after, as JSON; only where asked for. */
  before: string | null;
  after: string | null;
  /** The part that `no-key` is about; null for the rule's target. */
  part: number | null;
  /** What became of the related records, one a part, as JSON; null where the rule has none. */
  related: string | null;
}

/** What became of a related record. */
export interface PartStep {
  step: "off" | "kept" | "unchanged" | "replayed" | "insert" | "update" | "no-key" | "null";
  targetKey: string | null;
  action: "create" | "update" | null;
  written: boolean;
  before: string | null;
  after: string | null;
}

export interface WriteContext {
  tenantId: string;
  jobId: string | undefined;
  /** The common table expressions that end in `computed (ord, key, status, cause, a0 …, v0 … vn)`. */
  computed: string;
  params: Parameters;
  /** Also answers with the values before and after. */
  withValues?: boolean;
  /** Only finds out what would be done. */
  dryRun?: boolean;
  /** The target database has the table of links. */
  links?: boolean;
  /** Where fields of the source are set: in this database by the same statement, or kept for later. */
  writeBack?: "here" | "queue";
}

/**
 * The statement that writes the records of `computed` to the target with their links and before-images, and answers
 * with what became of each. It is the same for both executors. A constraint that a record breaks fails the statement
 * as a whole.
 *
 * A record whose link holds the digest of the same values is not written again; one that this job has written, in a
 * batch that was not checkpointed, answers as it did then. Related records go through the same steps, each after
 * those it refers to; nothing of a record is written where one of its parts cannot be.
 */
export function writeStatement(plan: ConversionPlan, context: WriteContext): string {
  const { params } = context;
  const common = {
    tenant: params.plain(context.tenantId),
    rule: `${params.plain(plan.ruleId)}::uuid`,
    job: `${params.plain(context.jobId ?? null)}::uuid`,
    source: params.plain(`${plan.source.schema.source}/${plan.source.schema.entityType}`),
  };
  const ids = plan.parts.map(
    (part): LinkIds => ({
      ...common,
      target: params.plain(part.entity.schema.entityType),
      digest: params.plain(part.digest),
      part: params.plain(part.name),
    }),
  );
  const links = context.links === false ? noLinks : "axion.links";
  const parts = [context.computed];
  let previous = "computed";
  for (const at of plan.order) {
    parts.push(...decidePart(plan, at, { previous, ids: ids[at]!, links }));
    previous = `${prefixOf(at)}decided`;
  }
  parts.push(...orderRecords(plan));
  if (!context.dryRun) {
    for (const at of plan.order) parts.push(...writePart(plan, at, ids[at]!));
    if (context.writeBack) parts.push(...writeBack(plan, context.writeBack, common));
  }
  return `WITH ${parts.join(",\n")}\n${answer(plan, context)}`;
}

function answer(plan: ConversionPlan, context: WriteContext): string {
  const all = plan.parts.map((_, at) => at);
  const [values, ...others] = all.map((at) => outcome(plan, at, context));
  const related = others.map(
    (part, at) =>
      `jsonb_build_object('step', CASE WHEN ${keptByFollowing(plan, at + 1)} THEN 'kept' ELSE d.${prefixOf(at + 1)}step END,
      'targetKey', ${part.targetKey}, 'action', ${relatedAction(at + 1)}, 'written', ${part.written}, 'before', ${part.before}, 'after', ${part.after})`,
  );
  const multiple = hasRelated(plan);
  const step = multiple
    ? `CASE WHEN d.deferred THEN 'deferred' ${all.map((at) => `WHEN d.bad = ${at} THEN d.${prefixOf(at)}step`).join(" ")} ELSE d.step END`
    : "CASE WHEN d.deferred THEN 'deferred' ELSE d.step END";
  const nulls = all.map((at) => {
    const isIt = multiple ? `d.bad = ${at} AND d.${prefixOf(at)}step = 'null'` : "d.step = 'null'";
    return `WHEN ${isIt} THEN d.${prefixOf(at)}null_cause`;
  });
  return `SELECT d.ord, d.key, ${step} AS step, coalesce(CASE ${nulls.join(" ")} END, d.cause) AS cause,
    ${multiple ? "d.bad" : "NULL::integer"} AS part, ${values!.targetKey} AS "targetKey", ${values!.action} AS action,
    ${values!.written} AS written, ${values!.before} AS before, ${values!.after} AS after,
    ${multiple ? `jsonb_build_array(${related.join(", ")})::text` : "NULL::text"} AS related
  FROM ${context.dryRun ? "ordered d" : withWritten(plan, all)} ORDER BY d.ord`;
}

/** Who follows another record of the batch finds its target made already. */
function relatedAction(at: number): string {
  const p = prefixOf(at);
  return `CASE d.${p}step WHEN 'insert' THEN CASE WHEN d.${p}lead = d.ord THEN 'create' ELSE 'update' END WHEN 'update' THEN 'update' ELSE d.${p}link_action END`;
}

function outcome(plan: ConversionPlan, at: number, context: WriteContext) {
  const p = prefixOf(at);
  const keys = plan.parts[at]!.targetKey.map((_, key) => `d.${p}t${key}`);
  const present = `(CASE WHEN ${keys[0]} IS NOT NULL THEN ${recordIdSql(keys)} END)`;
  const written = context.dryRun ? "false" : `${p}w.ord IS NOT NULL`;
  const made = context.dryRun ? "" : `${p}w.target_key, `;
  const action = context.dryRun ? `d.${p}link_action` : `coalesce(${p}w.action, d.${p}link_action)`;
  const before = context.withValues ? `d.${p}before::text` : "NULL";
  const after = context.withValues
    ? `CASE WHEN d.${p}hash IS NOT NULL THEN (${afterSql(plan, at)})::text END`
    : "NULL";
  const targetKey = `coalesce(${made}d.${p}link_target, ${present})`;
  return { targetKey, action, written, before, after };
}
