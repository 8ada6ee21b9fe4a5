import type postgres from "postgres";
import { warn } from "../logger.js";
import { parseArray } from "./array-text.js";
import { BUILT_IN_TYPES, type Decoder, EXTENSION_TYPES } from "./decode.js";

type Rows = postgres.RowList<postgres.Row[]>;
type Columns = readonly postgres.Column<string>[];

const KNOWN = new Map<number, Decoder>(Object.values(BUILT_IN_TYPES).map(({ oid, decode }) => [oid, decode]));
const KNOWN_ARRAYS = new Set<number>(Object.values(BUILT_IN_TYPES).map(({ array }) => array));
/** Decoded, but refused by Encore's own driver. */
const BPCHAR = BUILT_IN_TYPES.bpchar.oid;

function needsLookup({ type }: { type: number }): boolean {
  return (!KNOWN.has(type) && !KNOWN_ARRAYS.has(type)) || type === BPCHAR;
}

/** What the types are that are not part of Postgres' fixed set: enums, those of extensions, exotic ones. */
export class TypeCatalog {
  /** Null: its text is its value. */
  readonly #decoders = new Map<number, Decoder | null>();
  readonly #plain = new WeakSet<Columns>();
  #elements: Promise<ReadonlyMap<number, number>> | undefined;

  constructor(private readonly sql: postgres.Sql) {}

  /** Whether the driver has decoded all columns; remembered for each prepared statement. */
  isPlain(rows: Rows): boolean {
    const { columns } = rows;
    if (columns === undefined || columns === null || this.#plain.has(columns)) return true;
    if (columns.some(needsLookup)) return false;
    this.#plain.add(columns);
    return true;
  }

  /** Decodes, in place, columns whose type the driver does not know. */
  async convert(rows: Rows, columns: Columns | null | undefined = rows.columns): Promise<Rows> {
    const unknown = columns?.filter(needsLookup) ?? [];
    if (unknown.length === 0 || rows.length === 0) return rows;
    await this.#learn(unknown.map(({ type }) => type).filter((type) => !this.#decoders.has(type)));
    for (const { name, type } of unknown) {
      const decode = this.#decoders.get(type);
      if (decode) for (const row of rows) if (typeof row[name] === "string") row[name] = decode(row[name]);
    }
    return rows;
  }

  /** Array type → element type, of the arrays that are not built in. Read once, when an array is first a parameter. */
  arrayElements(): Promise<ReadonlyMap<number, number>> {
    this.#elements ??= this.#readElements().catch((error: unknown) => {
      this.#elements = undefined;
      throw error;
    });
    return this.#elements;
  }

  async #readElements(): Promise<ReadonlyMap<number, number>> {
    const rows = await this.sql<{ array: number; element: number }[]>`
      SELECT oid::int4 AS array, typelem::int4 AS element FROM pg_type WHERE typcategory = 'A' AND typelem <> 0`;
    return new Map(rows.map(({ array, element }) => [array, element]));
  }

  async #learn(types: number[]): Promise<void> {
    if (types.length === 0) return;
    // The numbers come from the server; written out, since a parameter would need this very catalog.
    const found = await this.sql.unsafe<
      { oid: number; name: string; kind: string; category: string; element: number; elementName: string }[]
    >(`
      SELECT t.oid::int4, t.typname AS name, t.typtype AS kind, t.typcategory AS category, t.typelem::int4 AS element, e.typname AS "elementName"
      FROM pg_type t LEFT JOIN pg_type e ON e.oid = t.typelem WHERE t.oid IN (${types.join(",")})`);
    for (const { oid, name, kind, category, element, elementName } of found) {
      if (category === "A") {
        const decode = KNOWN.get(element) ?? EXTENSION_TYPES[elementName] ?? ((text: string) => text);
        this.#decoders.set(oid, (text) => parseArray(text, decode));
        continue;
      }
      this.#decoders.set(oid, EXTENSION_TYPES[name] ?? null);
      if (EXTENSION_TYPES[name] === undefined && kind !== "e") {
        warn(
          `columns of type ${name} arrive as text; Encore's own driver refuses them: cast them in the query (::text)`,
        );
      }
    }
    // A type that is gone again: remembered, so that it is not looked up for each row.
    for (const type of types) if (!this.#decoders.has(type)) this.#decoders.set(type, null);
  }
}
