import { APIError } from "encore.dev/api";

/** Quotes an SQL identifier, whatever it holds. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as an SQL literal, whatever it holds but U+0000 and whatever the server takes a backslash for. */
export function quoteLiteral(text: string): string {
  return ` E'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}

/** A table or view by its two names. */
export interface TableName {
  schema: string;
  table: string;
}

/** The table as SQL. */
export function quoteTable(name: TableName): string {
  return `${quoteIdentifier(name.schema)}.${quoteIdentifier(name.table)}`;
}

const part = /^(?:"((?:[^"]|"")+)"|([^".]+))(?:\.(?:"((?:[^"]|"")+)"|([^".]+)))?$/;

/**
 * Reads an entity name: `table`, `schema.table`, parts with dots or quotes in double quotes. Unlike in SQL, letter
 * case counts also outside of quotes.
 */
export function parseEntityName(entity: string, defaultSchema: string): TableName {
  const match = entity.length <= 300 && !entity.includes("\0") ? part.exec(entity) : null;
  if (!match) {
    throw APIError.invalidArgument(
      `"${entity.slice(0, 300)}" is no entity name: write table or schema.table, with a part that holds a dot or a quote in double quotes.`,
    ).withDetails({ reason: "bad_entity_name" });
  }
  const first = match[1]?.replaceAll('""', '"') ?? match[2]!;
  const second = match[3]?.replaceAll('""', '"') ?? match[4];
  return second === undefined ? { schema: defaultSchema, table: first } : { schema: first, table: second };
}

/** Writes an entity name so that `parseEntityName` reads it back. */
export function formatEntityName(name: TableName, defaultSchema: string): string {
  const write = (text: string) => (/[".]/.test(text) ? quoteIdentifier(text) : text);
  return name.schema === defaultSchema ? write(name.table) : `${write(name.schema)}.${write(name.table)}`;
}
