import { quoteIdentifier, quoteTable } from "../../sources/identifiers.js";
import type { LinkIds } from "./decide-parts.js";
import { type ConversionPlan, type TargetPlan, writeBackPart } from "./plan.js";
import { columnSql, hasRelated, prefixOf, referenceSql, valueColumn } from "./write-names.js";
import { keptByFollowing, withWritten } from "./write-parts.js";

/** Places of the values that are written back to the source. */
export function writtenBack(plan: ConversionPlan): number[] {
  return plan.targets.flatMap(({ part }, place) => (part === writeBackPart ? [place] : []));
}

/** SQL of the key of a source record, from the text of its id. */
export function sourceKeySql(plan: ConversionPlan, id: string): string {
  const keys = plan.source.recordKey;
  return keys
    .map((name, at) => {
      const text = keys.length === 1 ? `(${id})` : `((${id})::jsonb ->> ${at})`;
      return `${columnSql("s", name)} = ${text}::${plan.source.columns[name]!.castType}`;
    })
    .join(" AND ");
}

/**
 * The common table expression that sets fields of the source records of which something was written: `here` at once,
 * where the source is in this database, `queue` as rows that are applied to the source's database afterwards.
 */
export function writeBack(
  plan: ConversionPlan,
  where: "here" | "queue",
  ids: Pick<LinkIds, "tenant" | "rule" | "source">,
): string[] {
  const places = writtenBack(plan);
  if (places.length === 0) return [];
  const parts = plan.parts.map((_, at) => at);
  const writes = parts.map((at) => `(${prefixOf(at)}w.ord IS NOT NULL AND NOT ${keptByFollowing(plan, at)})`);
  const sound = hasRelated(plan) ? "d.bad IS NULL AND " : "";
  const rows = (values: string) => `SELECT d.key, ${values} FROM ${withWritten(plan, parts)}
      WHERE coalesce(d.ord, -1) >= 0 AND ${sound}NOT d.deferred AND (${writes.join(" OR ")})`;
  const field = (place: number) => plan.targets[place]!.field;
  if (where === "here") {
    const values = places.map((place) => `${valueSql(plan.targets[place]!, place)} AS w${place}`).join(", ");
    const set = places.map((place) => `${quoteIdentifier(field(place))} = x.w${place}`).join(", ");
    return [
      `written_back AS (
    UPDATE ${quoteTable(plan.source.table)} AS s SET ${set} FROM (${rows(values)}) x WHERE ${sourceKeySql(plan, "x.key")}
  )`,
    ];
  }
  const pairs = places.map((place) => `'v${place}', ${queuedSql(plan.targets[place]!, place)}`);
  return [
    `queued_back AS (
    INSERT INTO axion.write_backs (tenant_id, rule_id, source_entity, source_key, fields)
    SELECT ${ids.tenant}, ${ids.rule}, ${ids.source}, x.key, x.fields
    FROM (${rows(`jsonb_build_object(${pairs.join(", ")}) AS fields`)}) x
    ON CONFLICT (tenant_id, rule_id, source_entity, source_key) DO UPDATE
      SET id = excluded.id, fields = excluded.fields, error = NULL, created_at = now()
  )`,
  ];
}

const writtenKey = (part: number, keyAt: number) => `${prefixOf(part)}w.k${keyAt}`;

function valueSql(target: TargetPlan, place: number): string {
  return target.value.kind === "reference"
    ? referenceSql(target, "d", writtenKey)
    : `d.${valueColumn(place)}`;
}

/** A key as its text: the types of the source are not those of this database. */
function queuedSql({ value }: TargetPlan, place: number): string {
  if (value.kind !== "reference") return `d.${valueColumn(place)}`;
  return `(coalesce(${writtenKey(value.part, value.keyAt)}, d.${prefixOf(value.part)}k${value.keyAt}))::text`;
}
