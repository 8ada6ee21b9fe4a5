import { type Column, type SQL, sql } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { z } from "zod";
import { decodeCursor, encodeCursor } from "./cursor.js";

/** What a caller asks of a list's order and place. */
interface PageRequest {
  sort?: string;
  cursor?: string;
}

/** The orders that a list has. */
export interface Sorting<TField extends string> {
  /** Fields that it can be sorted by, with their columns: text, or `timestamp with time zone`; none is null. */
  fields: Record<TField, Column>;
  /** The order without `sort`. */
  byDefault: TField | `-${TField}`;
  /** Decides where the field is equal: text or uuid. */
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

const latestMicrosecond = 8_640_000_000_000_000_000n;
const cursorSchema = z.object({ sort: z.string(), key: z.string().max(10_000), id: z.string().max(200) });

/**
 * Reads `sort`, `field` for rising and `-field` for falling, and `cursor`. Throws `invalidArgument` for a field that
 * the list is not sorted by, and for a cursor of another order.
 */
export function sortedPage<TField extends string>(
  request: PageRequest,
  { fields, byDefault, id }: Sorting<TField>,
): SortedPage {
  const sort = request.sort ?? byDefault;
  const falling = sort.startsWith("-");
  const name = falling ? sort.slice(1) : sort;
  if (!Object.hasOwn(fields, name)) {
    const known = Object.keys(fields).flatMap((field) => [field, `-${field}`]);
    throw APIError.invalidArgument(`sort: expected one of ${known.join(", ")}.`);
  }
  const column = fields[name as TField];
  const isInstant = column.getSQLType().startsWith("timestamp");
  const direction = sql.raw(falling ? "desc" : "asc");
  const cursorAfter = (key: string, last: string) => encodeCursor({ sort, key, id: last });
  return {
    after: request.cursor === undefined ? undefined : afterCursor(request.cursor),
    orderBy: sql`${column} ${direction}, ${id} ${direction}`,
    key: isInstant
      ? sql<string>`(extract(epoch from ${column}) * 1000000)::bigint::text`
      : sql<string>`${column}::text`,
    next: (rows, limit, idOf) => {
      const last = rows.length > limit ? rows[limit - 1] : undefined;
      return last ? { nextCursor: cursorAfter(last.key, idOf(last)) } : {};
    },
  };

  function afterCursor(cursor: string): SQL {
    const place = decodeCursor(cursor, cursorSchema);
    const isId = id.getSQLType() !== "uuid" || z.uuid().safeParse(place.id).success;
    if (place.sort !== sort || !isId || (isInstant && !isMicroseconds(place.key))) {
      throw APIError.invalidArgument(
        "cursor: not a cursor of this list in this order; leave it out to start from the beginning.",
      );
    }
    const key = isInstant
      ? sql`timestamptz 'epoch' + ${place.key}::bigint * interval '1 microsecond'`
      : sql`${place.key}`;
    const lastId = sql`${place.id}::${sql.raw(id.getSQLType())}`;
    return sql`(${column}, ${id}) ${sql.raw(falling ? "<" : ">")} (${key}, ${lastId})`;
  }
}

function isMicroseconds(key: string): boolean {
  if (!/^-?\d{1,19}$/.test(key)) return false;
  const microseconds = BigInt(key);
  return microseconds > -latestMicrosecond && microseconds < latestMicrosecond;
}
