import { type Column, type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { decodeCursor, encodeCursor } from "./cursor.js";
import { readSort } from "./read-sort.js";

/** What a caller asks of a list's order and place. */
interface PageRequest {
  sort?: string;
  cursor?: string;
}

/** The orders that a list has. */
export interface Sorting<TField extends string> {
  /** Fields that it can be sorted by, with their columns: text, whole numbers, instants; none is null. */
  fields: Record<TField, Column>;
  /** The order without `sort`. */
  byDefault: TField | `-${TField}`;
  /** Decides where the field is equal: text, uuid or a whole number. It may be the field itself. */
  id: Column;
}

/** A page's order for a query. Select `key` with the rows: the next page begins after the last one's. */
export interface SortedPage {
  /** What the rows of the page fulfil; undefined for the first page. */
  after: SQL | undefined;
  orderBy: SQL;
  /** The field's value as the cursor keeps it, exact. */
  key: SQL<string>;
  /** The cursor of the next page, where `rows` has more than the page takes. */
  next<TRow extends { key: string }>(
    rows: readonly TRow[],
    limit: number,
    idOf: (row: TRow) => string,
  ): { nextCursor?: string };
}

const latestMicrosecond = 8_639_999_999_999_999_999n;
const greatestNumbers = new Map([
  ["integer", 2n ** 31n - 1n],
  ["bigint", 2n ** 63n - 1n],
]);

/**
 * Reads `sort`, `field` for rising and `-field` for falling, and `cursor`. Throws `invalidArgument` for a field that
 * the list is not sorted by, and for a cursor of another order.
 */
export function sortedPage<TField extends string>(
  request: PageRequest,
  { fields, byDefault, id }: Sorting<TField>,
): SortedPage {
  const sort = request.sort ?? byDefault;
  const { field, falling } = readSort(sort, Object.keys(fields) as TField[]);
  const column = fields[field];
  const direction = sql.raw(falling ? "desc" : "asc");
  return {
    after: request.cursor === undefined ? undefined : afterCursor(request.cursor),
    orderBy: sql`${column} ${direction}, ${id} ${direction}`,
    key: isInstant(column)
      ? sql<string>`(extract(epoch from ${column}) * 1000000)::bigint::text`
      : sql<string>`${column}::text`,
    next: (rows, limit, idOf) => {
      const last = rows.length > limit ? rows[limit - 1] : undefined;
      return last ? { nextCursor: encodeCursor({ sort, key: last.key, id: idOf(last) }) } : {};
    },
  };

  function afterCursor(cursor: string): SQL {
    const cursorSchema = z.object({ sort: z.literal(sort), key: cursorText(column), id: cursorText(id) });
    const place = decodeCursor(cursor, cursorSchema);
    const beyond = sql.raw(falling ? "<" : ">");
    return sql`(${column}, ${id}) ${beyond} (${valueSql(column, place.key)}, ${valueSql(id, place.id)})`;
  }
}

function isInstant(column: Column): boolean {
  return column.getSQLType().startsWith("timestamp");
}

/** What a cursor may have as a value of the column. */
function cursorText(column: Column): z.ZodType<string> {
  const type = column.getSQLType();
  if (type === "uuid") return z.uuid();
  const greatest = isInstant(column) ? latestMicrosecond : greatestNumbers.get(type);
  return greatest === undefined
    ? z.string().max(10_000)
    : z.string().refine((text) => isWholeNumber(text, greatest));
}

function isWholeNumber(text: string, greatest: bigint): boolean {
  return /^-?\d{1,19}$/.test(text) && BigInt(text) <= greatest && BigInt(text) >= -greatest;
}

function valueSql(column: Column, text: string): SQL {
  return isInstant(column)
    ? sql`timestamptz 'epoch' + ${text}::bigint * interval '1 microsecond'`
    : sql`${text}::${sql.raw(column.getSQLType())}`;
}
