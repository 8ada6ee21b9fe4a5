import { quoteIdentifier, quoteTable } from "../../sources/identifiers.js";
import type { Parameters } from "./column-sql.js";
import { noLinks } from "./links.js";
import type { ConversionPlan, TargetPlan } from "./plan.js";
import { recordIdSql } from "./record-id.js";

/** What a statement answers with for each record. */
export interface StepRow {
  ord: number;
  key: string;
  /**
   * `filtered`: by the job's filter. `skipped`, `failed`: by a lookup or the condition; `cause` is the mapping, -1 the condition. `null`: `cause` is a
   * mapping whose field must have a value. `deferred`: another record of the batch has the same target and comes first.
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
}

export interface WriteContext {
  tenantId: string;
  jobId: string | undefined;
  /** The common table expressions that end in `computed (ord, key, status, cause, v0 … vn)`. */
  computed: string;
  params: Parameters;
  /** Also answers with the values before and after. */
  withValues?: boolean;
  /** Only finds out what would be done. */
  dryRun?: boolean;
  /** The target database has the table of links. */
  links?: boolean;
}

/**
 * The statement that writes the records of `computed` to the target with their links and before-images, and answers
 * with what became of each. It is the same for both executors. A constraint that a record breaks fails the statement
 * as a whole.
 *
 * A record whose link holds the digest of the same values is not written again; one that this job has written, in a
 * batch that was not checkpointed, answers as it did then.
 */
export function writeStatement(plan: ConversionPlan, context: WriteContext): string {
  const { params } = context;
  const ids: LinkIds = {
    tenant: params.plain(context.tenantId),
    rule: `${params.plain(plan.ruleId)}::uuid`,
    job: `${params.plain(context.jobId ?? null)}::uuid`,
    source: params.plain(`${plan.source.schema.source}/${plan.source.schema.entityType}`),
    target: params.plain(plan.target.schema.entityType),
    digest: params.plain(plan.digest),
  };
  const links = context.links === false ? noLinks : "axion.links";
  const parts = [
    context.computed,
    linked(plan, ids, links),
    located(plan),
    decided(plan, ids.job),
    ordered(plan),
  ];
  if (!context.dryRun) parts.push(inserted(plan), updated(plan), written(plan), linkRows(plan, ids));
  return `WITH ${parts.join(",\n")}\n${answer(plan, context)}`;
}

/** Parameters that links are found and written by, as SQL. */
interface LinkIds {
  tenant: string;
  rule: string;
  job: string;
  source: string;
  target: string;
  digest: string;
}

const value = (at: number) => `v${at}`;
const column = (alias: string, name: string) => `${alias}.${quoteIdentifier(name)}`;
const keyColumns = (plan: ConversionPlan) => plan.targetKey.map((_, at) => `t${at}`);

function linked(plan: ConversionPlan, ids: LinkIds, links: string): string {
  const row = plan.targets.map((_, place) => `c.${value(place)}`).join(", ");
  return `linked AS MATERIALIZED (
    SELECT c.*, CASE WHEN c.status = 'ok' THEN md5(${ids.digest} || ROW(${row})::text)::uuid END AS hash,
      l.source_hash AS link_hash, l.job_id AS link_job, l.target_key AS link_target, l.action AS link_action
    FROM computed c LEFT JOIN LATERAL (
      SELECT * FROM ${links} l
      WHERE c.status = 'ok' AND l.tenant_id = ${ids.tenant} AND l.rule_id = ${ids.rule} AND l.source_entity = ${ids.source}
        AND l.source_key = c.key AND l.target_entity = ${ids.target} LIMIT 1
    ) l ON true
  )`;
}

/** Finds the target record that is there: by the link, else by the natural key. */
function located(plan: ConversionPlan): string {
  const table = quoteTable(plan.target.table);
  const keys = plan.targetKey.map((name, at) => `${column("t", name)} AS t${at}`).join(", ");
  const byLink = plan.targetKey
    .map((name, at) => `${column("t", name)} = ${linkKey(plan, at)}::${plan.target.columns[name]!.castType}`)
    .join(" AND ");
  const byKey = plan.naturalKey
    .map((place) => `${column("t", plan.targets[place]!.field)} = c.${value(place)}`)
    .join(" AND ");
  const chosen = keyColumns(plan)
    .map((key) => `coalesce(a.${key}, b.${key}) AS ${key}`)
    .join(", ");
  return `located AS (
    SELECT c.*, ${chosen}, coalesce(a.before, b.before) AS before
    FROM linked c
    LEFT JOIN LATERAL (
      SELECT ${keys}, to_jsonb(t.*) AS before FROM ${table} t WHERE c.link_hash <> c.hash AND ${byLink} LIMIT 1
    ) a ON true
    LEFT JOIN LATERAL (
      SELECT ${keys}, to_jsonb(t.*) AS before FROM ${table} t
      WHERE c.status = 'ok' AND a.t0 IS NULL AND c.link_hash IS DISTINCT FROM c.hash AND ${byKey} LIMIT 1
    ) b ON true
  )`;
}

/** The text of one key column in a link's target key. */
function linkKey(plan: ConversionPlan, at: number): string {
  return plan.targetKey.length === 1 ? "(c.link_target)" : `((c.link_target)::jsonb ->> ${at})`;
}

function decided(plan: ConversionPlan, job: string): string {
  const noKey = plan.naturalKey.map((place) => `c.${value(place)} IS NULL`).join(" OR ");
  const required = plan.targets.flatMap((target, at) => (target.nullable ? [] : [at]));
  const fillEmpty = plan.definition.mergePolicy === "fill-empty";
  const nullCause = required.map((at) => `WHEN c.${value(at)} IS NULL THEN ${at}`).join(" ");
  const cause = required.length === 0 ? "NULL::integer" : `CASE ${nullCause} END`;
  return `decided AS MATERIALIZED (
    SELECT c.*, n.null_cause,
      CASE
        WHEN c.status <> 'ok' THEN c.status
        WHEN c.link_hash = c.hash AND c.link_job = ${job} THEN 'replayed'
        WHEN c.link_hash = c.hash THEN 'unchanged'
        WHEN ${noKey} THEN 'no-key'
        ${plan.definition.mergePolicy === "keep" ? "WHEN c.t0 IS NOT NULL THEN 'kept'" : ""}
        WHEN n.null_cause IS NOT NULL ${fillEmpty ? "AND c.t0 IS NULL" : ""} THEN 'null'
        WHEN c.t0 IS NOT NULL THEN 'update'
        ELSE 'insert'
      END AS step
    FROM located c CROSS JOIN LATERAL (SELECT ${cause} AS null_cause) n
  )`;
}

/** Lets only the first of several records with one target be written at a time: the others are deferred. */
function ordered(plan: ConversionPlan): string {
  const target = keyColumns(plan)
    .map((key) => `c.${key}`)
    .join(", ");
  const natural = plan.naturalKey.map((place) => `c.${value(place)}`).join(", ");
  return `ordered AS MATERIALIZED (
    SELECT c.*, row_number() OVER (
      PARTITION BY c.step, CASE WHEN c.step = 'update' THEN ROW(${target})::text WHEN c.step = 'insert' THEN ROW(${natural})::text END
      ORDER BY c.ord
    ) > 1 AND c.step IN ('insert', 'update') AS deferred
    FROM decided c
  )`;
}

function inserted(plan: ConversionPlan): string {
  const columns = plan.targets.map((target) => quoteIdentifier(target.field)).join(", ");
  const values = plan.targets.map((_, at) => `d.${value(at)}`).join(", ");
  const natural = plan.naturalKey
    .map((place, at) => `${column("t", plan.targets[place]!.field)} AS n${at}`)
    .join(", ");
  return `inserted AS (
    INSERT INTO ${quoteTable(plan.target.table)} AS t (${columns})
    SELECT ${values} FROM ordered d WHERE d.step = 'insert' AND NOT d.deferred ORDER BY d.ord
    RETURNING ${natural}, ${recordIdSql(plan.targetKey.map((name) => column("t", name)))} AS target_key, md5((t.*)::text)::uuid AS after_hash
  )`;
}

function updated(plan: ConversionPlan): string {
  const set = plan.targets
    .map((target, at) => `${quoteIdentifier(target.field)} = ${merged(plan, target, at, "t")}`)
    .join(", ");
  const same = plan.targetKey.map((name, at) => `${column("t", name)} = d.t${at}`).join(" AND ");
  return `updated AS (
    UPDATE ${quoteTable(plan.target.table)} AS t SET ${set}
    FROM ordered d WHERE d.step = 'update' AND NOT d.deferred AND ${same}
    RETURNING d.ord, d.key, d.hash, d.before, ${recordIdSql(plan.targetKey.map((name) => column("t", name)))} AS target_key, md5((t.*)::text)::uuid AS after_hash
  )`;
}

/** The value that an update writes, by the merge policy. */
function merged(plan: ConversionPlan, target: TargetPlan, at: number, alias: string): string {
  if (plan.definition.mergePolicy !== "fill-empty") return `d.${value(at)}`;
  const present = column(alias, target.field);
  const empty =
    target.kind === "string" ? `${present} IS NULL OR ${present}::text = ''` : `${present} IS NULL`;
  return `CASE WHEN ${empty} THEN d.${value(at)} ELSE ${present} END`;
}

/**
 * What was written. The join is a full one, although it need not be, because Postgres always hashes it: it takes the
 * tables of a `WITH` for tiny and would compare every pair of records.
 */
function written(plan: ConversionPlan): string {
  const same = plan.naturalKey
    .map((place, at) => `i.n${at} = (d.${value(place)})::${plan.targets[place]!.column.fullType}`)
    .join(" AND ");
  return `written AS MATERIALIZED (
    SELECT d.ord, d.key, d.hash, d.before, i.target_key, i.after_hash, 'create' AS action
    FROM (SELECT * FROM ordered WHERE step = 'insert' AND NOT deferred) d FULL JOIN inserted i ON ${same}
    WHERE coalesce(i.target_key, '') <> '' AND coalesce(d.ord, -1) >= 0
    UNION ALL
    SELECT u.ord, u.key, u.hash, u.before, u.target_key, u.after_hash, 'update' FROM updated u
  )`;
}

function linkRows(plan: ConversionPlan, ids: LinkIds): string {
  return `link_rows AS (
    INSERT INTO axion.links (tenant_id, rule_id, source_entity, source_key, target_entity, target_key, rule_version, job_id,
      action, source_hash, before_image, after_hash)
    SELECT ${ids.tenant}, ${ids.rule}, ${ids.source}, w.key, ${ids.target}, w.target_key, ${plan.ruleVersion}, ${ids.job},
      w.action, w.hash, w.before, w.after_hash
    FROM written w
    ON CONFLICT (tenant_id, rule_id, source_entity, source_key) DO UPDATE SET
      target_entity = excluded.target_entity, target_key = excluded.target_key, rule_version = excluded.rule_version,
      job_id = excluded.job_id, action = excluded.action, source_hash = excluded.source_hash,
      before_image = excluded.before_image, after_hash = excluded.after_hash, updated_at = now()
  )`;
}

function answer(plan: ConversionPlan, context: WriteContext): string {
  const present = `(CASE WHEN d.t0 IS NOT NULL THEN ${recordIdSql(keyColumns(plan).map((key) => `d.${key}`))} END)`;
  const values = context.withValues
    ? `d.before::text AS before, CASE WHEN d.status = 'ok' THEN (${afterSql(plan)})::text END AS after`
    : "NULL AS before, NULL AS after";
  const outcome = context.dryRun
    ? `coalesce(d.link_target, ${present}) AS "targetKey", d.link_action AS action, false AS written`
    : `coalesce(w.target_key, d.link_target, ${present}) AS "targetKey", coalesce(w.action, d.link_action) AS action, w.ord IS NOT NULL AS written`;
  return `SELECT d.ord, d.key, CASE WHEN d.deferred THEN 'deferred' ELSE d.step END AS step,
    coalesce(CASE WHEN d.step = 'null' THEN d.null_cause END, d.cause) AS cause, ${outcome}, ${values}
  FROM ordered d ${context.dryRun ? "" : "FULL JOIN written w ON w.ord = d.ord"} ORDER BY d.ord`;
}

/** The mapped fields of the target record after the write, as jsonb. */
function afterSql(plan: ConversionPlan): string {
  const pairs = plan.targets.map((target, at) => {
    const name = `'${target.field.replaceAll("'", "''")}'`;
    // A cast to a length would cut a text that the write refuses.
    const typed =
      target.column.baseType === "varchar" ? `d.${value(at)}` : `(d.${value(at)})::${target.column.fullType}`;
    if (plan.definition.mergePolicy !== "fill-empty") return `${name}, to_jsonb(${typed})`;
    const before = `(d.before ->> ${name})`;
    const empty = target.kind === "string" ? `coalesce(${before}, '') = ''` : `${before} IS NULL`;
    return `${name}, CASE WHEN ${empty} THEN to_jsonb(${typed}) ELSE d.before -> ${name} END`;
  });
  const objects: string[] = [];
  // A function takes 100 arguments at most.
  for (let at = 0; at < pairs.length; at += 50)
    objects.push(`jsonb_build_object(${pairs.slice(at, at + 50).join(", ")})`);
  return objects.join(" || ");
}
