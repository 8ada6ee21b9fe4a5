import { decodeField, fieldTextSql, Parameters } from "../../entity-conversion/domain/column-sql.js";
import type { Value } from "../../entity-conversion/domain/expressions/expression.js";
import { columnOf } from "../../entity-conversion/domain/field-types.js";
import { recordIdSql } from "../../entity-conversion/domain/record-id.js";
import type { DiscoveredEntity } from "../../schema-discovery/domain/entity.js";
import type { DataSource } from "../../sources/data-source.js";
import { quoteIdentifier, quoteTable } from "../../sources/identifiers.js";
import { isRecordError, postgresError } from "../../sources/postgres-errors.js";
import type { ChangeOperation } from "../types.js";

/** A change as it was noted: the record's values as JSON texts. */
export interface NotedChange {
  /** Known again where the same change comes twice. */
  id: string;
  operation: ChangeOperation;
  newRecord: string;
  /** Null for an insert, and where the values before are not known. */
  oldRecord: string | null;
  /** Rules whose writes led to it, first cause first. */
  chain: readonly string[];
  changedAt: Date;
}

/** A change as conditions see it. */
export interface ReadChange extends NotedChange {
  recordId: string;
  /** Values of `new`, then of `old`, then whether there is an old record. */
  row: readonly Value[];
  /** Why its values cannot be read; `recordId` is empty then. */
  unreadable?: string;
}

/** Reads changes of an entity as its columns type them: only the fields at these places of a condition's row. */
export async function readChanges(
  source: DataSource,
  entity: DiscoveredEntity,
  changes: readonly NotedChange[],
  places: readonly number[],
): Promise<ReadChange[]> {
  if (changes.length === 0) return [];
  try {
    return await readAll(source, entity, changes, places);
  } catch (error) {
    if (!isRecordError(error)) throw error;
    const [only] = changes;
    if (changes.length === 1 && only)
      return [{ ...only, recordId: "", row: [], unreadable: postgresError(error)!.message }];
    const middle = Math.ceil(changes.length / 2);
    const first = await readChanges(source, entity, changes.slice(0, middle), places);
    return [...first, ...(await readChanges(source, entity, changes.slice(middle), places))];
  }
}

async function readAll(
  source: DataSource,
  entity: DiscoveredEntity,
  changes: readonly NotedChange[],
  places: readonly number[],
): Promise<ReadChange[]> {
  const { fields } = entity.schema;
  const read = places.filter((place) => place < 2 * fields.length);
  const columns = read.map((place) => {
    const { name } = fields[place % fields.length]!;
    const ref = `${place < fields.length ? "n" : "o"}.${quoteIdentifier(name)}`;
    return fieldTextSql(ref, columnOf(entity, name)!);
  });
  const params = new Parameters(false);
  const rows = changes.map(
    ({ newRecord, oldRecord }, place) => `{"place":${place},"n":${newRecord},"o":${oldRecord ?? "null"}}`,
  );
  const table = quoteTable(entity.table);
  const id = recordIdSql(entity.recordKey.map((name) => `n.${quoteIdentifier(name)}`));
  const statement = `SELECT ${[id, ...columns].join(", ")}
    FROM json_to_recordset(${params.plain(`[${rows.join(",")}]`)}::json) AS c(place integer, n json, o json)
    CROSS JOIN LATERAL json_populate_record(NULL::${table}, c.n) n
    LEFT JOIN LATERAL json_populate_record(NULL::${table}, c.o) o ON true ORDER BY c.place`;
  const found = await source.begin((tx) => tx.unsafe(statement, params.values).values(), { readOnly: true });
  return found.map((values: (string | null)[], at): ReadChange => {
    const change = changes[at]!;
    const row: Value[] = new Array(2 * fields.length + 1).fill(null);
    for (const [column, place] of read.entries())
      row[place] = decodeField(fields[place % fields.length]!.kind, values[column + 1] ?? null);
    if (change.oldRecord !== null) row[2 * fields.length] = true;
    return { ...change, recordId: values[0]!, row };
  });
}
