import type { JsonValue } from "../../../shared/json.js";
import type { DataSource } from "../../sources/data-source.js";
import { quoteIdentifier } from "../../sources/identifiers.js";
import { decodeField, fieldTextSql, Parameters } from "./column-sql.js";
import { columnOf } from "./field-types.js";
import type { ConversionPlan, SourceRecord } from "./plan.js";
import { recordIdSql } from "./record-id.js";
import { type BatchRange, rangeSql } from "./set-based.js";
import { copiedFields, expressionFields } from "./used-fields.js";

/** The statement that reads a range as the evaluator takes its records: id, key, fields of expressions, copied fields. */
export function readStatement(plan: ConversionPlan, range: BatchRange, params: Parameters): string {
  const ref = (name: string) => `s.${quoteIdentifier(name)}`;
  const keys = plan.source.recordKey;
  const selected = [
    recordIdSql(keys.map(ref)),
    ...keys.map((name) => `(${ref(name)})::text`),
    ...expressionFields(plan).map((at) =>
      fieldTextSql(ref(plan.fields[at]!.name), columnOf(plan.source, plan.fields[at]!.name)!),
    ),
    ...copiedFields(plan).map((name) => `(${ref(name)})::text`),
  ];
  return `SELECT ${selected.join(", ")} ${rangeSql(plan, range, params)}`;
}

/** Reads the records of a range as the evaluator takes them. */
export async function readRecords(
  source: DataSource,
  plan: ConversionPlan,
  range: BatchRange,
): Promise<SourceRecord[]> {
  const keys = plan.source.recordKey;
  const inExpressions = expressionFields(plan);
  const copied = copiedFields(plan);
  const params = new Parameters(false);
  const statement = readStatement(plan, range, params);
  const rows = await source.begin((tx) => tx.unsafe(statement, params.values).values(), { readOnly: true });
  const kinds = inExpressions.map((at) => plan.source.schema.fields[at]!.kind);
  const damaged = rows.some(isDamaged) && (await holdsAnyBytes(source));
  return rows.map((values: (string | null)[]): SourceRecord => {
    const row: SourceRecord["row"] = new Array(plan.fields.length).fill(undefined);
    const typed = 1 + keys.length;
    for (const [place, at] of inExpressions.entries())
      row[at] = decodeField(kinds[place]!, values[typed + place] ?? null);
    const texts = typed + inExpressions.length;
    return {
      sourceRecordId: values[0]!,
      ...(damaged && isDamaged(values) && { unreadable: "A text of the record is no valid UTF-8." }),
      key: values.slice(1, typed) as string[],
      row,
      texts: new Map(copied.map((name, place) => [name, values[texts + place] ?? null])),
    };
  });
}

/** Whether a value holds the character that stands for bytes that are no UTF-8. */
function isDamaged(values: readonly unknown[]): boolean {
  return values.some((value) => typeof value === "string" && value.includes("\uFFFD"));
}

/** Whether the database does not check the encoding of its texts. */
async function holdsAnyBytes(source: DataSource): Promise<boolean> {
  const [row] = await source.begin(
    (tx) => tx<{ encoding: string }[]>`SELECT current_setting('server_encoding') AS encoding`,
    { readOnly: true },
  );
  return row?.encoding === "SQL_ASCII";
}

/** A record's fields as JSON text; undefined where there is no such record. */
export async function readRecordJson(
  source: DataSource,
  plan: ConversionPlan,
  key: string[],
): Promise<string | undefined> {
  const params = new Parameters(false);
  const statement = `SELECT to_jsonb(s.*)::text AS record ${rangeSql(plan, { keys: [key] }, params)}`;
  const rows = await source.begin(
    (tx) => tx.unsafe<{ record: string }[]>(statement, params.values).execute(),
    { readOnly: true },
  );
  return rows[0]?.record;
}

/**
 * Reads a made-up record as if its table held it: each value is taken by its column's type. Fields left out are null.
 * Throws what the database says of a value that does not fit.
 */
export async function readDraftRecord(
  source: DataSource,
  plan: ConversionPlan,
  record: Record<string, JsonValue>,
): Promise<SourceRecord> {
  const inExpressions = expressionFields(plan);
  const copied = copiedFields(plan);
  const ref = (name: string) => `s.${quoteIdentifier(name)}`;
  const columns = plan.source.schema.fields.map(
    (field) => `${quoteIdentifier(field.name)} ${plan.source.columns[field.name]!.fullType}`,
  );
  const selected = [
    ...inExpressions.map((at) =>
      fieldTextSql(ref(plan.fields[at]!.name), columnOf(plan.source, plan.fields[at]!.name)!),
    ),
    ...copied.map((name) => `(${ref(name)})::text`),
    "1",
  ];
  const statement = `SELECT ${selected.join(", ")} FROM jsonb_to_record($1::text::jsonb) AS s(${columns.join(", ")})`;
  const [values = []] = await source.begin((tx) => tx.unsafe(statement, [JSON.stringify(record)]).values(), {
    readOnly: true,
  });
  const row: SourceRecord["row"] = new Array(plan.fields.length).fill(undefined);
  for (const [place, at] of inExpressions.entries()) {
    row[at] = decodeField(plan.source.schema.fields[at]!.kind, (values[place] as string | null) ?? null);
  }
  const texts = new Map(
    copied.map((name, place) => [name, (values[inExpressions.length + place] as string | null) ?? null]),
  );
  return { key: [], sourceRecordId: "", row, texts };
}
