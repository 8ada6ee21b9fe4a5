import { quoteTable } from "../../sources/identifiers.js";
import type { ConversionPlan } from "./plan.js";
import {
  columnSql,
  hasRelated,
  isReferred,
  linkKeySql,
  prefixOf,
  referencePlaces,
  referenceSql,
  valueColumn,
} from "./write-names.js";

/** Parameters that the links of a part are found and written by, as SQL. */
export interface LinkIds {
  tenant: string;
  rule: string;
  job: string;
  source: string;
  target: string;
  digest: string;
  part: string;
}

/**
 * The common table expressions that decide what becomes of one part of each record of `previous`, the last of them
 * named `decided` with the part's prefix: they find its link, else the target record by its natural key. Each
 * adds columns to the row, so that the next part sees them.
 */
export function decidePart(
  plan: ConversionPlan,
  at: number,
  { previous, ids, links }: { previous: string; ids: LinkIds; links: string },
): string[] {
  return [linked(plan, at, { previous, ids, links }), located(plan, at), decided(plan, at, ids.job)];
}

/** Whether the part of the row `c` is made. */
function isOn(plan: ConversionPlan, at: number): string {
  return plan.parts[at]!.when ? `(c.status = 'ok' AND c.a${at})` : "c.status = 'ok'";
}

function linked(
  plan: ConversionPlan,
  at: number,
  { previous, ids, links }: { previous: string; ids: LinkIds; links: string },
): string {
  const part = plan.parts[at]!;
  const p = prefixOf(at);
  const references = referencePlaces(plan, part);
  const known = references.map(
    (place) => `, ${referenceSql(plan.targets[place]!, "c")} AS ${valueColumn(place)}`,
  );
  const from = references.length > 0 ? `(SELECT c.*${known.join("")} FROM ${previous} c)` : previous;
  const row = part.places.map((place) => `c.${valueColumn(place)}`).join(", ");
  // Without statistics Postgres would take the index on targets, and read all links of the entity for each record: the
  // comparison of `target_entity` is written so that it cannot.
  return `${p}linked AS MATERIALIZED (
    SELECT c.*, CASE WHEN ${isOn(plan, at)} THEN md5(${ids.digest} || ROW(${row})::text)::uuid END AS ${p}hash,
      l.source_hash AS ${p}link_hash, l.job_id AS ${p}link_job, l.target_key AS ${p}link_target, l.action AS ${p}link_action
    FROM ${from} c LEFT JOIN LATERAL (
      SELECT * FROM ${links} l
      WHERE ${isOn(plan, at)} AND l.tenant_id = ${ids.tenant} AND l.rule_id = ${ids.rule} AND l.source_entity = ${ids.source}
        AND l.source_key = c.key AND l.part = ${ids.part} AND l.target_entity || '' = ${ids.target} LIMIT 1
    ) l ON true
  )`;
}

/**
 * Finds the target record that is there: the rule's target by its link, else by the natural key; related records,
 * which several source records may share, by the natural key alone.
 */
function located(plan: ConversionPlan, at: number): string {
  const part = plan.parts[at]!;
  const p = prefixOf(at);
  const table = quoteTable(part.entity.table);
  const keys = part.targetKey.map((name, key) => `${columnSql("t", name)} AS t${key}`).join(", ");
  const byLink = part.targetKey
    .map(
      (name, key) =>
        `${columnSql("t", name)} = ${linkKeySql(part, key, p)}::${part.entity.columns[name]!.castType}`,
    )
    .join(" AND ");
  const byKey = part.naturalKey
    .map((place) => `${columnSql("t", plan.targets[place]!.field)} = c.${valueColumn(place)}`)
    .join(" AND ");
  const [lateral, notLinked, from] =
    at === 0
      ? [
          `LEFT JOIN LATERAL (
      SELECT ${keys}, to_jsonb(t.*) AS before FROM ${table} t WHERE c.link_hash <> c.hash AND ${byLink} LIMIT 1
    ) a ON true`,
          "AND a.t0 IS NULL",
          (name: string) => `coalesce(a.${name}, b.${name})`,
        ]
      : ["", "", (name: string) => `b.${name}`];
  const chosen = part.targetKey.map((_, key) => `${from(`t${key}`)} AS ${p}t${key}`).join(", ");
  return `${p}located AS (
    SELECT c.*, ${chosen}, ${from("before")} AS ${p}before
    FROM ${p}linked c
    ${lateral}
    LEFT JOIN LATERAL (
      SELECT ${keys}, to_jsonb(t.*) AS before FROM ${table} t
      WHERE ${isOn(plan, at)} ${notLinked} AND c.${p}link_hash IS DISTINCT FROM c.${p}hash AND ${byKey} LIMIT 1
    ) b ON true
  )`;
}

function decided(plan: ConversionPlan, at: number, job: string): string {
  const part = plan.parts[at]!;
  const p = prefixOf(at);
  // The key of a record that is still to be made is not known yet, and not missing either.
  const isMissing = (place: number): string => {
    const { value } = plan.targets[place]!;
    const isNull = `c.${valueColumn(place)} IS NULL`;
    if (value.kind !== "reference") return isNull;
    return `(${isNull} AND c.${prefixOf(value.part)}step IS DISTINCT FROM 'insert')`;
  };
  const required = part.places.filter((place) => !plan.targets[place]!.nullable);
  const nullCause = required.map((place) => `WHEN ${isMissing(place)} THEN ${place}`).join(" ");
  const cause = required.length === 0 ? "NULL::integer" : `CASE ${nullCause} END`;
  const off = at === 0 ? "WHEN c.status <> 'ok' THEN c.status" : `WHEN NOT (${isOn(plan, at)}) THEN 'off'`;
  const rows = `SELECT c.*, n.null_cause AS ${p}null_cause,
      CASE
        ${off}
        WHEN c.${p}link_hash = c.${p}hash AND c.${p}link_job = ${job} THEN 'replayed'
        WHEN c.${p}link_hash = c.${p}hash THEN 'unchanged'
        WHEN ${part.naturalKey.map(isMissing).join(" OR ")} THEN 'no-key'
        ${part.mergePolicy === "keep" ? `WHEN c.${p}t0 IS NOT NULL THEN 'kept'` : ""}
        WHEN n.null_cause IS NOT NULL ${part.mergePolicy === "fill-empty" ? `AND c.${p}t0 IS NULL` : ""} THEN 'null'
        WHEN c.${p}t0 IS NOT NULL THEN 'update'
        ELSE 'insert'
      END AS ${p}step
    FROM ${p}located c CROSS JOIN LATERAL (SELECT ${cause} AS null_cause) n`;
  if (!isReferred(plan, at)) return `${p}decided AS MATERIALIZED (\n    ${rows}\n  )`;
  return `${p}decided AS MATERIALIZED (
    SELECT c.*, ${knownKeys(plan, at)} FROM (${rows}) c
  )`;
}

/** The key that the part's record has or will have, as far as it is known before it is written: null where it is not. */
function knownKeys(plan: ConversionPlan, at: number): string {
  const part = plan.parts[at]!;
  const p = prefixOf(at);
  return part.targetKey
    .map((name, key) => {
      const type = part.entity.columns[name]!.castType;
      const mapped = part.places.find((place) => plan.targets[place]!.field === name);
      const present = `c.${p}t${key}::${type}`;
      const given = mapped === undefined ? undefined : `c.${valueColumn(mapped)}::${type}`;
      return `CASE c.${p}step
        WHEN 'unchanged' THEN ${linkKeySql(part, key, p)}::${type} WHEN 'replayed' THEN ${linkKeySql(part, key, p)}::${type}
        WHEN 'update' THEN ${part.mergePolicy === "overwrite" && given ? given : present} WHEN 'kept' THEN ${present}
        WHEN 'insert' THEN ${given ?? `NULL::${type}`} END AS ${p}k${key}`;
    })
    .join(", ");
}

/**
 * `ordered`: which records are written now. Only the first of several records with one target is: the others are
 * deferred to a statement that sees it.
 *
 * Where records make several, related ones are commonly shared, as many leads have one account. Records that would
 * write the same values to it, or keep it, follow the first of them (`lead`); from the first record on that cannot,
 * all are deferred, so that records take effect in their order.
 */
export function orderRecords(plan: ConversionPlan): string[] {
  if (!hasRelated(plan)) return [orderSingle(plan)];
  const bad = plan.order.map((at) => `WHEN c.${prefixOf(at)}step IN ('no-key', 'null') THEN ${at}`);
  const last = prefixOf(plan.order.at(-1)!);
  const stages = [
    `judged AS MATERIALIZED (SELECT c.*, CASE WHEN c.status = 'ok' THEN CASE ${bad.join(" ")} END END AS bad FROM ${last}decided c)`,
  ];
  let previous = "judged";
  for (const at of plan.order) {
    stages.push(grouped(plan, at, previous));
    previous = `${prefixOf(at)}grouped`;
  }
  const conflict = plan.order.map((at) => `c.${prefixOf(at)}conflict`).join(" OR ");
  stages.push(`ordered AS MATERIALIZED (
    SELECT c.*, c.status = 'ok' AND coalesce(c.ord >= min(c.ord) FILTER (WHERE ${conflict}) OVER (), false) AS deferred
    FROM ${previous} c
  )`);
  return stages;
}

/** Steps of records that write a target, or would if another record of the batch wrote it first. */
function contenders({ mergePolicy }: ConversionPlan["parts"][number]): string {
  return mergePolicy === "overwrite" ? "('insert', 'update')" : "('insert', 'update', 'null')";
}

function orderSingle(plan: ConversionPlan): string {
  const [part] = plan.parts;
  const target = part.targetKey.map((_, key) => `c.t${key}`).join(", ");
  const natural = part.naturalKey.map((place) => `c.${valueColumn(place)}`).join(", ");
  const fresh = part.mergePolicy === "overwrite" ? "c.step = 'insert'" : "c.step IN ('insert', 'null')";
  return `ordered AS MATERIALIZED (
    SELECT c.*, row_number() OVER (
      PARTITION BY CASE WHEN ${fresh} THEN 'insert' ELSE c.step END,
        CASE WHEN c.step = 'update' THEN ROW(${target})::text WHEN ${fresh} THEN ROW(${natural})::text END
      ORDER BY c.ord
    ) > 1 AND c.step IN ${contenders(part)} AS deferred
    FROM decided c
  )`;
}

function grouped(plan: ConversionPlan, at: number, previous: string): string {
  const part = plan.parts[at]!;
  const p = prefixOf(at);
  // Two records refer to the same record that is still to be made where they follow the same one.
  const identity = (place: number): string => {
    const { value } = plan.targets[place]!;
    const text = `c.${valueColumn(place)}::text`;
    return value.kind === "reference" ? `coalesce(${text}, '#' || c.${prefixOf(value.part)}lead)` : text;
  };
  const row = (places: number[]): string => `jsonb_build_array(${places.map(identity).join(", ")})::text`;
  const rows = (places: number[]): string =>
    Array.from({ length: Math.ceil(places.length / 90) }, (_, page) =>
      row(places.slice(page * 90, page * 90 + 90)),
    ).join(" || ");
  const target = `jsonb_build_array(${part.targetKey.map((_, key) => `c.${p}t${key}::text`).join(", ")})::text`;
  const takesPart = `c.status = 'ok' AND (c.bad IS NULL OR (c.bad = ${at} AND c.${p}step = 'null')) AND c.${p}step IN ${contenders(part)}`;
  const group = `CASE WHEN NOT (${takesPart}) THEN 'r' || c.ord WHEN c.${p}step = 'update' THEN 'u' || ${target} ELSE 'i' || ${row(part.naturalKey)} END`;
  const follows =
    part.mergePolicy === "keep"
      ? `first_value(c.${p}step) OVER w <> 'null' AND c.${p}step <> 'null'`
      : `min(c.${p}all) OVER w = c.${p}all AND max(c.${p}all) OVER w = c.${p}all`;
  const conflict = at === 0 ? "true" : `NOT (${follows})`;
  return `${p}grouped AS MATERIALIZED (
    SELECT c.*, first_value(c.ord) OVER w AS ${p}lead, first_value(c.ord) OVER w <> c.ord AND (${conflict}) AS ${p}conflict
    FROM (SELECT c.*, ${group} AS ${p}group, (CASE WHEN ${takesPart} THEN ${rows(part.places)} ELSE '' END) COLLATE "C" AS ${p}all FROM ${previous} c) c
    WINDOW w AS (PARTITION BY c.${p}group ORDER BY c.ord)
  )`;
}
