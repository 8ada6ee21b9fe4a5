import type { JsonValue } from "../../../shared/json.js";
import type { DataSource } from "../../sources/data-source.js";
import { quoteIdentifier } from "../../sources/identifiers.js";
import { isRecordError, postgresError } from "../../sources/postgres-errors.js";
import { decodeField, fieldTextSql, Literals, Parameters } from "./column-sql.js";
import { columnOf } from "./field-types.js";
import type { ConversionPlan, SourceRecord } from "./plan.js";
import { parseGivenId, recordIdSql } from "./record-id.js";
import { type BatchRange, rangeSql } from "./set-based.js";
import { copiedFields, expressionFields } from "./used-fields.js";

/** What is read of each record, as SQL: each column once, however often it is needed, and where it stands then. */
interface ReadColumns {
  selected: string[];
  id: number;
  /** Places of the key columns, of the fields of expressions, and of the copied fields. */
  keys: number[];
  inExpressions: number[];
  copied: number[];
}

function readColumns(plan: ConversionPlan): ReadColumns {
  const selected: string[] = [];
  const placeOf = (column: string): number => {
    const known = selected.indexOf(column);
    return known >= 0 ? known : selected.push(column) - 1;
  };
  const ref = (name: string) => `s.${quoteIdentifier(name)}`;
  const textOf = (name: string) => placeOf(`(${ref(name)})::text`);
  const { recordKey } = plan.source;
  return {
    selected,
    id: placeOf(recordIdSql(recordKey.map(ref))),
    keys: recordKey.map(textOf),
    inExpressions: expressionFields(plan).map((at) => {
      const { name } = plan.fields[at]!;
      return placeOf(fieldTextSql(ref(name), columnOf(plan.source, name)!));
    }),
    copied: copiedFields(plan).map(textOf),
  };
}

/** The statement that reads a range as the evaluator takes its records: id, key, fields of expressions, copied fields. */
export function readStatement(plan: ConversionPlan, range: BatchRange, params: Parameters): string {
  return `SELECT ${readColumns(plan).selected.join(", ")} ${rangeSql(plan, range, params)}`;
}

/**
 * Reads the records of a range as the evaluator takes them. One that the source cannot read, as where a text is no valid
 * UTF-8 or a view cannot be computed, says so and spoils no other.
 */
export async function readRecords(
  source: DataSource,
  plan: ConversionPlan,
  range: BatchRange,
): Promise<SourceRecord[]> {
  try {
    return await readAll(source, plan, range);
  } catch (error) {
    if (!isRecordError(error)) throw error;
    return await readApart(source, plan, await readKeys(source, plan, range));
  }
}

/** The record with this id; none where the id cannot be one of the key's type. */
export async function readSourceRecord(
  { source }: { source: DataSource },
  plan: ConversionPlan,
  recordId: string,
): Promise<SourceRecord[]> {
  const key = parseGivenId(recordId, plan.source.recordKey.length);
  try {
    return await readRecords(source, plan, { keys: [key] });
  } catch (error) {
    if (isRecordError(error)) return [];
    throw error;
  }
}

/** Reads records in ever smaller parts, down to those that cannot be read. */
async function readApart(
  source: DataSource,
  plan: ConversionPlan,
  records: readonly KeyedRecord[],
): Promise<SourceRecord[]> {
  if (records.length === 0) return [];
  try {
    return await readAll(source, plan, { keys: records.map(({ key }) => key) });
  } catch (error) {
    if (!isRecordError(error)) throw error;
    const [only] = records;
    if (records.length === 1 && only) {
      const unreadable = `The source cannot read the record: ${postgresError(error)?.message}.`;
      return [{ ...only, unreadable, row: [], texts: [] }];
    }
    const middle = Math.ceil(records.length / 2);
    const first = await readApart(source, plan, records.slice(0, middle));
    return [...first, ...(await readApart(source, plan, records.slice(middle)))];
  }
}

type KeyedRecord = Pick<SourceRecord, "key" | "sourceRecordId">;

/** The key of the last record of a range that has as many as it may; undefined where it has fewer. */
export async function lastKey(
  source: DataSource,
  plan: ConversionPlan,
  range: { after: string[] | undefined; limit: number },
): Promise<string[] | undefined> {
  const params = new Parameters(false);
  const columns = plan.source.recordKey.map((name) => `(s.${quoteIdentifier(name)})::text`).join(", ");
  const statement = `SELECT ${columns} ${rangeSql(plan, { ...range, limit: 1 }, params)} OFFSET ${range.limit - 1}`;
  const rows = await source.begin((tx) => tx.unsafe(statement, params.values).values(), { readOnly: true });
  return rows[0] as string[] | undefined;
}

/** The ids of the records of a range, in their order. */
async function readKeys(source: DataSource, plan: ConversionPlan, range: BatchRange): Promise<KeyedRecord[]> {
  const params = new Parameters(false);
  const keys = plan.source.recordKey.map((name) => `s.${quoteIdentifier(name)}`);
  const columns = [recordIdSql(keys), ...keys.map((key) => `(${key})::text`)].join(", ");
  const statement = `SELECT ${columns} ${rangeSql(plan, range, params)}`;
  const rows = await source.begin((tx) => tx.unsafe(statement, params.values).values(), { readOnly: true });
  return rows.map(([sourceRecordId, ...key]: string[]) => ({ sourceRecordId: sourceRecordId!, key }));
}

async function readAll(source: DataSource, plan: ConversionPlan, range: BatchRange): Promise<SourceRecord[]> {
  const fields = expressionFields(plan);
  const kinds = fields.map((at) => plan.source.schema.fields[at]!.kind);
  const { id, keys, inExpressions, copied } = readColumns(plan);
  const rows = await readRows(source, plan, range);
  return rows.map((values): SourceRecord => {
    const row: SourceRecord["row"] = new Array(plan.fields.length).fill(undefined);
    for (let at = 0; at < fields.length; at++)
      row[fields[at]!] = decodeField(kinds[at]!, values[inExpressions[at]!] ?? null);
    return {
      sourceRecordId: values[id]!,
      key: keys.map((place) => values[place]!),
      row,
      texts: copied.map((place) => values[place] ?? null),
    };
  });
}

/** The rows of a range as texts. A single record is asked for in one message. */
async function readRows(
  source: DataSource,
  plan: ConversionPlan,
  range: BatchRange,
): Promise<(string | null)[][]> {
  if ("keys" in range && range.keys.length === 1 && !range.keys[0]!.some((value) => value.includes("\0")))
    return await source.readTexts(readStatement(plan, range, new Literals(false)));
  const params = new Parameters(false);
  const statement = readStatement(plan, range, params);
  return await source.begin((tx) => tx.unsafe(statement, params.values).values(), { readOnly: true });
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
  const texts = (values as (string | null)[]).slice(
    inExpressions.length,
    inExpressions.length + copied.length,
  );
  return { key: [], sourceRecordId: "", row, texts };
}
