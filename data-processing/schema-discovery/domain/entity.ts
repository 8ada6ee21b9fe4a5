import type { TableName } from "../../sources/identifiers.js";
import type { EntitySchema } from "../types.js";

/** A column as the conversion engine needs it, beside what callers see. */
export interface ColumnType {
  /** Type without length or precision, schema-qualified and quoted: what a value may be cast to without loss. */
  castType: string;
  /** Type with length and precision, as SQL. */
  fullType: string;
  /** Name of the base type in `pg_type`; of the type beneath, for a domain. */
  baseType: string;
}

/** An entity as discovery read it. Plain JSON but for `schema.lastAnalyzed`. */
export interface DiscoveredEntity {
  table: TableName;
  schema: EntitySchema;
  /** By field name. */
  columns: Record<string, ColumnType>;
  /** Fields that identify a record: the primary key, else a unique key of required fields; empty where there is none. */
  recordKey: string[];
}
