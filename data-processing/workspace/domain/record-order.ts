import { z } from "zod";
import { decodeCursor, encodeCursor } from "../../../shared/pagination/cursor.js";
import { readSort } from "../../../shared/pagination/read-sort.js";
import type { Parameters } from "../../entity-conversion/domain/column-sql.js";
import { parseGivenId, recordIdSql } from "../../entity-conversion/domain/record-id.js";
import type { DiscoveredEntity } from "../../schema-discovery/domain/entity.js";
import { quoteIdentifier } from "../../sources/identifiers.js";
import type { ListRecordsRequest } from "../types.js";

/** A page's order, as SQL on the record `s`. */
interface RecordOrder {
  /** What the records of the page fulfil; undefined for the first page. */
  after: string | undefined;
  orderBy: string;
  /** A record's place in the order, as text. */
  place: string;
  /** The cursor of the page that begins after a place. */
  cursorAfter(place: string): string;
}

/**
 * Reads `sort` and `cursor`. Throws `invalidArgument` for a field that no unique index begins with, and for a cursor of
 * another order.
 */
export function orderRecords(
  entity: DiscoveredEntity,
  { sort = entity.recordKey[0]!, cursor }: Pick<ListRecordsRequest, "sort" | "cursor">,
  params: Parameters,
): RecordOrder {
  const orders = ordersOf(entity);
  const { field, falling } = readSort(sort, [...orders.keys()]);
  const fields = orders.get(field)!;
  const columns = fields.map((name) => `s.${quoteIdentifier(name)}`);
  return {
    after: cursor === undefined ? undefined : afterSql(cursor),
    orderBy: columns.map((column) => (falling ? `${column} DESC` : column)).join(", "),
    place: recordIdSql(columns),
    cursorAfter: (place) => encodeCursor({ sort, after: place }),
  };

  function afterSql(given: string): string {
    const { after } = decodeCursor(given, z.object({ sort: z.literal(sort), after: z.string() }));
    const texts = parseGivenId(after, fields.length);
    const values = fields.map((name, at) => typedSql(entity, name, params.plain(texts[at]!)));
    return `(${columns.join(", ")}) ${falling ? "<" : ">"} (${values.join(", ")})`;
  }
}

/** SQL of a field's value from its text. */
export function typedSql(entity: DiscoveredEntity, name: string, text: string): string {
  return `(${text})::${entity.columns[name]!.castType}`;
}

/** The unique keys of required fields, by the first of their fields: the record's own key goes first. */
function ordersOf({ schema, recordKey }: DiscoveredEntity): Map<string, string[]> {
  const required = new Set(schema.fields.filter(({ nullable }) => !nullable).map(({ name }) => name));
  const orders = new Map<string, string[]>();
  for (const fields of [recordKey, ...schema.uniqueKeys.map((key) => key.fields)]) {
    const first = fields[0]!;
    if (!orders.has(first) && fields.every((field) => required.has(field))) orders.set(first, fields);
  }
  return orders;
}
