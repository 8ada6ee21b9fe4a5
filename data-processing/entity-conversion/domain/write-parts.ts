import { quoteIdentifier, quoteTable } from "../../sources/identifiers.js";
import type { LinkIds } from "./decide-parts.js";
import { linkColumns, linkColumnsOf } from "./link-history.js";
import type { ConversionPlan, TargetPlan } from "./plan.js";
import { recordIdSql } from "./record-id.js";
import {
  columnSql,
  hasRelated,
  isReferred,
  prefixOf,
  referencePlaces,
  referenceSql,
  valueColumn,
} from "./write-names.js";

/** The common table expressions that write one part of the `ordered` records, with its links. */
export function writePart(plan: ConversionPlan, at: number, ids: LinkIds): string[] {
  const from = new PartRows(plan, at);
  return [
    ...from.ready(),
    inserted(from),
    updated(from),
    written(from),
    overwrittenLinks(from, ids),
    linkRows(from, ids),
  ];
}

/** Rows of `ordered` as `d` with what `written` of the parts knows: `w` of the rule's target, `p1_w` of a related record … */
export function withWritten(plan: ConversionPlan, parts: readonly number[]): string {
  // Full joins, because Postgres always hashes them: it takes the tables of a `WITH` for tiny.
  const joins = parts.map((at) => {
    const p = prefixOf(at);
    return `FULL JOIN ${p}written ${p}w ON ${p}w.ord = d.${hasRelated(plan) ? `${p}lead` : "ord"}`;
  });
  return `ordered d ${joins.join(" ")}`;
}

/** Whether a record that kept what another one of the batch made first. */
export function keptByFollowing(plan: ConversionPlan, at: number): string {
  const p = prefixOf(at);
  if (at === 0 || plan.parts[at]!.mergePolicy !== "keep") return "false";
  return `(d.${p}step = 'insert' AND d.${p}lead <> d.ord)`;
}

/** Where the rows of a part come from, and its values there. */
class PartRows {
  readonly part;
  readonly p: string;
  private readonly references: number[];

  constructor(
    readonly plan: ConversionPlan,
    readonly at: number,
  ) {
    this.part = plan.parts[at]!;
    this.p = prefixOf(at);
    this.references = referencePlaces(plan, this.part);
  }

  /** The keys of records that are made by the same statement are known by what was written of them. */
  ready(): string[] {
    const { plan, p } = this;
    if (this.references.length === 0) return [];
    const parts = new Set(
      this.references.map((place) => {
        const { value } = plan.targets[place]!;
        return value.kind === "reference" ? value.part : 0;
      }),
    );
    const values = this.references.map(
      (place) =>
        `${referenceSql(plan.targets[place]!, "d", (part, keyAt) => `${prefixOf(part)}w.k${keyAt}`)} AS w${place}`,
    );
    return [
      `${p}ready AS MATERIALIZED (
    SELECT d.*, ${values.join(", ")} FROM ${withWritten(plan, [...parts])}
    WHERE coalesce(d.ord, -1) >= 0 AND ${this.writes("d")}
  )`,
    ];
  }

  get table(): string {
    return this.references.length > 0 ? `${this.p}ready` : "ordered";
  }

  /** Whether the row writes its part, or follows one that does. */
  private writes(d: string): string {
    const sound = hasRelated(this.plan) ? `${d}.bad IS NULL AND ` : "";
    return `${sound}NOT ${d}.deferred AND ${d}.${this.p}step IN ('insert', 'update')`;
  }

  /** Condition on a row that writes its part itself. */
  leads(step: "insert" | "update"): string {
    const leader = hasRelated(this.plan) ? ` AND d.${this.p}lead = d.ord` : "";
    const sound = hasRelated(this.plan) ? " AND d.bad IS NULL" : "";
    return `d.${this.p}step = '${step}' AND NOT d.deferred${sound}${leader}`;
  }

  /** Condition on a row whose part is linked. */
  linked(): string {
    return `${this.writes("d")} AND NOT ${keptByFollowing(this.plan, this.at)}`;
  }

  value(place: number): string {
    return `d.${this.references.includes(place) ? "w" : "v"}${place}`;
  }

  /** Digest of the values with which the record is written. */
  hash(digest: string): string {
    if (this.references.length === 0) return `d.${this.p}hash`;
    const row = this.part.places.map((place) => this.value(place)).join(", ");
    return `md5(${digest} || ROW(${row})::text)::uuid`;
  }

  /** What is remembered of a written record beside its key and digest. */
  returned(): string {
    const { plan, at, part } = this;
    const keys = isReferred(plan, at)
      ? part.targetKey.map((name, key) => `, ${columnSql("t", name)} AS k${key}`)
      : [];
    return `${recordIdSql(part.targetKey.map((name) => columnSql("t", name)))} AS target_key, md5((t.*)::text)::uuid AS after_hash${keys.join("")}${at > 0 ? ", to_jsonb(t.*) AS after" : ""}`;
  }

  /** Names of what `returned` gives. */
  returnedNames(alias: string): string {
    const { plan, at, part } = this;
    const keys = isReferred(plan, at) ? part.targetKey.map((_, key) => `, ${alias}.k${key}`) : [];
    return `${alias}.target_key, ${alias}.after_hash${keys.join("")}${at > 0 ? `, ${alias}.after` : ""}`;
  }
}

function inserted(from: PartRows): string {
  const { plan, part, p } = from;
  const columns = part.places.map((place) => quoteIdentifier(plan.targets[place]!.field)).join(", ");
  const values = part.places.map((place) => from.value(place)).join(", ");
  const natural = part.naturalKey
    .map((place, at) => `${columnSql("t", plan.targets[place]!.field)} AS n${at}`)
    .join(", ");
  return `${p}inserted AS (
    INSERT INTO ${quoteTable(part.entity.table)} AS t (${columns})
    SELECT ${values} FROM ${from.table} d WHERE ${from.leads("insert")} ORDER BY d.ord
    RETURNING ${natural}, ${from.returned()}
  )`;
}

function updated(from: PartRows): string {
  const { plan, part, p } = from;
  const set = part.places
    .map((place) => {
      const target = plan.targets[place]!;
      return `${quoteIdentifier(target.field)} = ${merged(from, target, place)}`;
    })
    .join(", ");
  const same = part.targetKey.map((name, at) => `${columnSql("t", name)} = d.${p}t${at}`).join(" AND ");
  return `${p}updated AS (
    UPDATE ${quoteTable(part.entity.table)} AS t SET ${set}
    FROM ${from.table} d WHERE ${from.leads("update")} AND ${same}
    RETURNING d.ord, d.key, d.${p}hash AS hash, d.${p}before AS before, ${from.returned()}
  )`;
}

/** The value that an update writes, by the merge policy. */
function merged(from: PartRows, target: TargetPlan, place: number): string {
  const value = from.value(place);
  if (from.part.mergePolicy !== "fill-empty") return value;
  const present = columnSql("t", target.field);
  const empty =
    target.kind === "string" ? `${present} IS NULL OR ${present}::text = ''` : `${present} IS NULL`;
  return `CASE WHEN ${empty} THEN ${value} ELSE ${present} END`;
}

/**
 * What was written. The join is a full one, although it need not be, because Postgres always hashes it: it takes the
 * tables of a `WITH` for tiny and would compare every pair of records.
 */
function written(from: PartRows): string {
  const { plan, part, p } = from;
  const same = part.naturalKey
    .map((place, at) => `i.n${at} = (${from.value(place)})::${plan.targets[place]!.column.fullType}`)
    .join(" AND ");
  return `${p}written AS MATERIALIZED (
    SELECT d.ord, d.key, d.${p}hash AS hash, d.${p}before AS before, 'create' AS action, ${from.returnedNames("i")}
    FROM (SELECT * FROM ${from.table} d WHERE ${from.leads("insert")}) d FULL JOIN ${p}inserted i ON ${same}
    WHERE coalesce(i.target_key, '') <> '' AND coalesce(d.ord, -1) >= 0
    UNION ALL
    SELECT u.ord, u.key, u.hash, u.before, 'update', ${from.returnedNames("u")} FROM ${p}updated u
  )`;
}

/** Keeps the links that `linkRows` overwrites, for undoing. */
function overwrittenLinks(from: PartRows, ids: LinkIds): string {
  const { p } = from;
  return `${p}overwritten AS (
    INSERT INTO axion.link_history (${linkColumns})
    SELECT ${linkColumnsOf("l")} FROM (SELECT * FROM ${from.table} d WHERE ${from.linked()}) d
    JOIN axion.links l ON d.${p}link_hash IS NOT NULL AND l.tenant_id = ${ids.tenant} AND l.rule_id = ${ids.rule}
      AND l.source_entity = ${ids.source} AND l.source_key = d.key AND l.part = ${ids.part}
  )`;
}

function linkRows(from: PartRows, ids: LinkIds): string {
  const { plan, p } = from;
  const row = { key: "w.key", action: "w.action", hash: "w.hash", before: "w.before" };
  let rows = `FROM ${p}written w`;
  if (hasRelated(plan)) {
    const leads = `d.${p}lead = d.ord`;
    row.key = "d.key";
    row.action = `CASE WHEN ${leads} THEN w.action ELSE 'update' END`;
    row.hash = from.hash(ids.digest);
    // Who follows finds the record as the first one left it.
    if (from.at > 0) row.before = `CASE WHEN ${leads} THEN w.before ELSE w.after END`;
    rows = `FROM (SELECT * FROM ${from.table} d WHERE ${from.linked()}) d FULL JOIN ${p}written w ON w.ord = d.${p}lead
    WHERE coalesce(d.ord, -1) >= 0 AND coalesce(w.target_key, '') <> ''`;
  }
  return `${p}link_rows AS (
    INSERT INTO axion.links (tenant_id, rule_id, source_entity, source_key, part, target_entity, target_key, rule_version, job_id,
      action, source_hash, before_image, after_hash)
    SELECT ${ids.tenant}, ${ids.rule}, ${ids.source}, ${row.key}, ${ids.part}, ${ids.target}, w.target_key, ${plan.ruleVersion}, ${ids.job},
      ${row.action}, ${row.hash}, ${row.before}, w.after_hash
    ${rows}
    ON CONFLICT (tenant_id, rule_id, source_entity, source_key, part) DO UPDATE SET
      target_entity = excluded.target_entity, target_key = excluded.target_key, rule_version = excluded.rule_version,
      job_id = excluded.job_id, action = excluded.action, source_hash = excluded.source_hash,
      before_image = excluded.before_image, after_hash = excluded.after_hash, updated_at = now()
  )`;
}

/** The mapped fields of a part's record after the write, as jsonb. Fields whose value is not known yet are null. */
export function afterSql(plan: ConversionPlan, at: number): string {
  const part = plan.parts[at]!;
  const pairs = part.places.map((place) => {
    const target = plan.targets[place]!;
    const name = `'${target.field.replaceAll("'", "''")}'`;
    const value = `d.${valueColumn(place)}`;
    // A cast to a length would cut a text that the write refuses.
    const typed = target.column.baseType === "varchar" ? value : `(${value})::${target.column.fullType}`;
    if (part.mergePolicy !== "fill-empty") return `${name}, to_jsonb(${typed})`;
    const image = `d.${prefixOf(at)}before`;
    const before = `(${image} ->> ${name})`;
    const empty = target.kind === "string" ? `coalesce(${before}, '') = ''` : `${before} IS NULL`;
    return `${name}, CASE WHEN ${empty} THEN to_jsonb(${typed}) ELSE ${image} -> ${name} END`;
  });
  const objects: string[] = [];
  // A function takes 100 arguments at most.
  for (let first = 0; first < pairs.length; first += 50)
    objects.push(`jsonb_build_object(${pairs.slice(first, first + 50).join(", ")})`);
  return objects.join(" || ");
}
