import { quoteIdentifier, quoteLiteral, quoteTable } from "../../sources/identifiers.js";
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
    const set = places.map((place) => `${quoteIdentifier(field(place))} = x.w${place}`);
    return imagesSql(plan, { rows: `(${rows(values)})`, set, at: "now()", ids });
  }
  const pairs = places.map((place) => `'v${place}', ${queuedSql(plan.targets[place]!, place)}`);
  return [
    `queued_back AS (
    INSERT INTO axion.write_backs (tenant_id, rule_id, source_entity, source_key, fields)
    SELECT ${ids.tenant}, ${ids.rule}, ${ids.source}, x.key, x.fields
    FROM (${rows(`${jsonbObject(pairs)} AS fields`)}) x
    ON CONFLICT (tenant_id, rule_id, source_entity, source_key) DO UPDATE
      SET id = excluded.id, fields = excluded.fields, error = NULL, created_at = now()
  )`,
  ];
}

/**
 * The common table expressions that set fields of source records, `written_back`, and keep what they overwrote. The
 * records are locked before they are read, so that the image is of what the update finds.
 */
export function imagesSql(
  plan: ConversionPlan,
  how: {
    /** The records by `key`, with their values; `x` in `set` and `at`. */
    rows: string;
    set: readonly string[];
    /** When the conversion wrote its target. */
    at: string;
    ids: Pick<LinkIds, "tenant" | "rule" | "source">;
  },
): string[] {
  const { rows, set, at, ids } = how;
  const table = quoteTable(plan.source.table);
  const fields = [...new Set(writtenBack(plan).map((place) => plan.targets[place]!.field))];
  const image = jsonbObject(fields.map((field) => `${quoteLiteral(field)}, ${columnSql("s", field)}`));
  return [
    `source_before AS (
    SELECT x.*, ${image} AS before, ${at} AS converted_at FROM ${rows} x JOIN ${table} s ON ${sourceKeySql(plan, "x.key")} FOR UPDATE OF s
  )`,
    `written_back AS (
    UPDATE ${table} AS s SET ${set.join(", ")} FROM source_before x WHERE ${sourceKeySql(plan, "x.key")}
    RETURNING x.key, x.converted_at, x.before, ${image} AS after
  )`,
    `source_images AS (
    INSERT INTO axion.write_back_images (tenant_id, rule_id, source_entity, source_key, converted_at, before_image, after_image)
    SELECT ${ids.tenant}, ${ids.rule}, ${ids.source}, w.key, w.converted_at, w.before, w.after FROM written_back w WHERE w.before <> w.after
  )`,
  ];
}

/** A JSON object of any number of pairs: a call takes a hundred arguments. */
function jsonbObject(pairs: readonly string[]): string {
  const parts: string[] = [];
  for (let start = 0; start < pairs.length; start += 50)
    parts.push(`jsonb_build_object(${pairs.slice(start, start + 50).join(", ")})`);
  return parts.join(" || ");
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
