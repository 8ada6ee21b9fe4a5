import type { EntityField } from "../model/fields.js";
import { entityPath, kebabCase } from "../model/plural.js";
import type { EntityModel, ServiceModel } from "../model/schema.js";
import { ownTables } from "./own-tables.js";

export interface Column {
  name: string;
  /** As Postgres writes it, e.g. `numeric(18,2)`. */
  type: string;
  required: boolean;
  /** SQL of the default. */
  default?: string;
}

export interface Constraint {
  name: string;
  /** `CHECK (…)`, `UNIQUE (…)` or `FOREIGN KEY (…) REFERENCES …`. */
  definition: string;
}

export interface Index {
  name: string;
  unique: boolean;
  columns: string[];
}

export interface Table {
  name: string;
  columns: Column[];
  constraints: Constraint[];
  indexes: Index[];
}

/** Postgres cuts longer names. */
const MAX_NAME = 63;

/** Name in SQL: `orderItem` → `order_item`. */
export function snakeCase(name: string): string {
  return kebabCase(name).replaceAll("-", "_");
}

export function tableName(entity: Pick<EntityModel, "name" | "plural">): string {
  return snakeCase(entityPath(entity));
}

/** Type of a field's column. Enums are texts with a check, so that values can be added and removed. */
export function columnType(field: EntityField): string {
  switch (field.type) {
    case "string":
      return `varchar(${field.maxLength ?? 255})`;
    case "text":
    case "enum":
      return "text";
    case "decimal":
      return `numeric(${field.precision ?? 18},${field.scale ?? 2})`;
    case "number":
      return "double precision";
    case "reference":
      return "uuid";
    case "timestamp":
      return "timestamp (3) with time zone";
    case "json":
      return "jsonb";
    default:
      return field.type;
  }
}

/** The table of an entity, with the columns that every table has. */
export function tableOf(entity: EntityModel, service: ServiceModel): Table {
  const name = tableName(entity);
  const now = { type: "timestamp (3) with time zone", required: true, default: "now()" };
  return {
    name,
    columns: [
      { name: "id", type: "uuid", required: true, default: "gen_random_uuid()" },
      ...entity.fields.map(columnOf),
      { name: "created_at", ...now },
      { name: "updated_at", ...now },
    ],
    constraints: entity.fields.flatMap((field) => constraintsOf(field, name, service)),
    indexes: [
      { name: shortName(`${name}_created_at_id_idx`), unique: false, columns: ["created_at", "id"] },
      ...entity.fields
        .filter((field) => field.type === "reference" && !field.unique)
        .map((field) => indexOf(name, [field.name], false)),
      ...entity.indexes.map((index) => indexOf(name, index.fields, index.unique)),
    ].filter((index, at, all) => all.findIndex((other) => other.name === index.name) === at),
  };
}

/** All tables of a service: those of its entities in the order of the model, then its own. */
export function tablesOf(service: ServiceModel): Table[] {
  return [...service.entities.map((entity) => tableOf(entity, service)), ...ownTables(service)];
}

/** A name that fits into Postgres' 63 characters and differs from others cut alike. */
export function shortName(name: string): string {
  return name.length <= MAX_NAME ? name : `${name.slice(0, MAX_NAME - 9)}_${shortHash(name)}`;
}

/** Eight digits that tell texts apart (FNV-1a). */
export function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, "0");
}

export function sqlText(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

function columnOf(field: EntityField): Column {
  const column: Column = { name: snakeCase(field.name), type: columnType(field), required: field.required };
  if (field.default === undefined) return column;
  const isText = ["string", "text", "enum"].includes(field.type);
  return { ...column, default: isText ? sqlText(String(field.default)) : String(field.default) };
}

function constraintsOf(field: EntityField, table: string, service: ServiceModel): Constraint[] {
  const column = snakeCase(field.name);
  const found: Constraint[] = [];
  const add = (suffix: string, definition: string) =>
    found.push({ name: shortName(`${table}_${column}_${suffix}`), definition });
  if (field.unique) add("key", `UNIQUE ("${column}")`);
  if (field.values) add("values", `CHECK ("${column}" IN (${field.values.map(sqlText).join(", ")}))`);
  if (field.minimum !== undefined) add("minimum", `CHECK ("${column}" >= ${field.minimum})`);
  if (field.maximum !== undefined) add("maximum", `CHECK ("${column}" <= ${field.maximum})`);
  if (field.type === "text" && field.maxLength !== undefined)
    add("length", `CHECK (char_length("${column}") <= ${field.maxLength})`);
  const target = service.entities.find((entity) => entity.name === field.entity);
  if (target !== undefined) {
    const onDelete = (field.onDelete ?? "restrict").replace("-", " ").toUpperCase();
    add("fkey", `FOREIGN KEY ("${column}") REFERENCES "${tableName(target)}" ("id") ON DELETE ${onDelete}`);
  }
  return found;
}

function indexOf(table: string, fields: readonly string[], unique: boolean): Index {
  const columns = fields.map(snakeCase);
  return { name: shortName(`${table}_${columns.join("_")}_${unique ? "key" : "idx"}`), unique, columns };
}
