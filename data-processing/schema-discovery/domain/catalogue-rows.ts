import { createHash } from "node:crypto";
import { z } from "zod";
import type { DataSource } from "../../sources/data-source.js";
import { formatEntityName } from "../../sources/identifiers.js";
import type { EntitySchema, EntityVariant, FieldKind, FieldStatistics } from "../types.js";
import type { DiscoveredEntity } from "./entity.js";

const columnType = z.object({
  type: z.number(),
  modifier: z.number(),
  full_type: z.string(),
  cast_type: z.string(),
  base_type: z.string(),
  base_kind: z.string(),
  not_null: z.boolean(),
  has_default: z.boolean(),
  enum_values: z.array(z.string()).nullable(),
  domain: z.object({ name: z.string(), checks: z.array(z.string()) }).nullable(),
});

type ColumnType = z.infer<typeof columnType>;

/** An array for each property, all of one length; null where a relation has no columns. */
const columns = z.object({
  number: z.array(z.number()).nullable(),
  name: z.array(z.string()).nullable(),
  type: z.array(z.number()).nullable(),
  modifier: z.array(z.number()).nullable(),
  not_null: z.array(z.boolean()).nullable(),
  has_default: z.array(z.boolean()).nullable(),
  generated: z.array(z.boolean()).nullable(),
});

const statistics = z.object({
  name: z.string(),
  null_fraction: z.number(),
  distinct: z.number(),
  width: z.number(),
  values: z.array(z.string().nullable()).nullable(),
  frequencies: z.array(z.number()).nullable(),
});

/** Columns by their numbers. */
const numbers = z.array(z.number());
/** Texts by the number of the column that they belong to. */
const texts = z.record(z.string(), z.string());

const relation = z.object({
  schema: z.string(),
  table: z.string(),
  relkind: z.enum(["r", "p", "v", "m", "f"]),
  estimated_rows: z.number().nullable(),
  columns,
  defaults: texts,
  comments: texts,
  keys: z.array(z.object({ name: z.string(), primary: z.boolean(), columns: numbers })),
  refs: z.array(
    z.object({
      name: z.string(),
      columns: numbers,
      schema: z.string(),
      table: z.string(),
      referenced_fields: z.array(z.string()),
    }),
  ),
  checks: z.array(z.object({ name: z.string(), expression: z.string(), columns: numbers })),
  statistics: z.array(statistics).optional(),
});

type Relation = z.infer<typeof relation>;

const variants: Partial<Record<Relation["relkind"], EntityVariant>> = {
  p: "partitioned",
  f: "foreign",
  m: "materialized",
};

/** What a relation is called among entities. */
export function kindOfRelation(relkind: Relation["relkind"]): Pick<EntitySchema, "kind" | "variant"> {
  return { kind: relkind === "v" || relkind === "m" ? "view" : "table", variant: variants[relkind] };
}

/** A row of `catalogueSql`. */
export interface CatalogueRow {
  relation: unknown;
  types: unknown;
}

/** The entities that the rows of `catalogueSql` describe. */
export function toEntities(source: DataSource, rows: readonly CatalogueRow[]): DiscoveredEntity[] {
  const read = z.array(columnType).parse(rows[0]?.types ?? []);
  const types = new Map(read.map((type) => [typeKey(type.type, type.modifier), type]));
  return rows.map((row) => toEntity(source, relation.parse(row.relation), types));
}

function typeKey(type: number, modifier: number): string {
  return `${type}:${modifier}`;
}

/** A column with its type. */
interface ReadColumn {
  number: number;
  name: string;
  type: ColumnType;
  nullable: boolean;
  hasDefault: boolean;
  generated: boolean;
}

function readColumns({ columns: read }: Relation, types: ReadonlyMap<string, ColumnType>): ReadColumn[] {
  return (read.name ?? []).map((name, at) => {
    const type = types.get(typeKey(read.type![at]!, read.modifier![at]!))!;
    return {
      number: read.number![at]!,
      name,
      type,
      nullable: !read.not_null![at]! && !type.not_null,
      hasDefault: read.has_default![at]! || type.has_default,
      generated: read.generated![at]!,
    };
  });
}

function toEntity(
  source: DataSource,
  read: Relation,
  types: ReadonlyMap<string, ColumnType>,
): DiscoveredEntity {
  const found = readColumns(read, types);
  const schema = toSchema(source, read, found);
  const required = new Set(schema.fields.filter((field) => !field.nullable).map((field) => field.name));
  const key = schema.uniqueKeys.find((candidate) => candidate.fields.every((field) => required.has(field)));
  return {
    table: { schema: read.schema, table: read.table },
    schema,
    columns: Object.fromEntries(
      found.map(({ name, type }) => [
        name,
        { castType: type.cast_type, fullType: type.full_type, baseType: type.base_type },
      ]),
    ),
    recordKey: key?.fields ?? [],
  };
}

function toSchema(source: DataSource, row: Relation, found: readonly ReadColumn[]): EntitySchema {
  const names = new Map(found.map(({ number, name }) => [number, name]));
  const named = (columnNumbers: readonly number[]) => columnNumbers.map((number) => names.get(number)!);
  const uniqueKeys = row.keys.map((key) => ({
    name: key.name,
    primary: key.primary,
    fields: named(key.columns),
  }));
  const primary = new Set(uniqueKeys.find((key) => key.primary)?.fields);
  const unique = new Set(uniqueKeys.filter((key) => key.fields.length === 1).map((key) => key.fields[0]));
  const structure = {
    ...kindOfRelation(row.relkind),
    fields: found.map(({ number, name, type, nullable, hasDefault, generated }) => ({
      name,
      dataType: type.full_type,
      kind: fieldKind(type.base_type, type.base_kind),
      nullable,
      hasDefault,
      generated,
      defaultExpression: row.defaults[number],
      primaryKey: primary.has(name),
      unique: unique.has(name),
      enumValues: type.enum_values ?? undefined,
      domain: type.domain ?? undefined,
      comment: row.comments[number],
    })),
    uniqueKeys,
    references: row.refs.map((ref) => ({
      name: ref.name,
      fields: named(ref.columns),
      entityType: formatEntityName(ref, source.defaultSchema),
      referencedFields: ref.referenced_fields,
    })),
    checks: row.checks.map((each) => ({
      name: each.name,
      expression: each.expression,
      fields: named(each.columns),
    })),
    comment: row.comments[0],
  };
  const counted = new Map(row.statistics?.map((each) => [each.name, toStatistics(each, row.estimated_rows)]));
  return {
    source: source.name,
    entityType: formatEntityName(row, source.defaultSchema),
    ...structure,
    fields: structure.fields.map((field) => ({ ...field, statistics: counted.get(field.name) })),
    estimatedRows: row.estimated_rows ?? undefined,
    fingerprint: createHash("sha256").update(JSON.stringify(structure)).digest("hex"),
    lastAnalyzed: new Date(),
  };
}

/** Postgres writes the number of distinct values as a negative share of the rows where it grows with them; 0 is unknown. */
function toStatistics(read: z.infer<typeof statistics>, rows: number | null): FieldStatistics {
  const distinct = read.distinct >= 0 ? read.distinct : rows === null ? 0 : Math.round(-read.distinct * rows);
  return {
    nullFraction: read.null_fraction,
    distinctValues: distinct > 0 ? distinct : undefined,
    averageWidth: read.width,
    commonValues: (read.values ?? []).flatMap((value, at) => {
      const frequency = read.frequencies?.[at];
      return value === null || frequency === undefined ? [] : [{ value, frequency }];
    }),
  };
}

const kinds: Record<string, FieldKind> = {
  text: "string",
  varchar: "string",
  bpchar: "string",
  name: "string",
  citext: "string",
  uuid: "string",
  int2: "int",
  int4: "int",
  int8: "int",
  float4: "double",
  float8: "double",
  numeric: "double",
  bool: "bool",
  date: "timestamp",
  timestamp: "timestamp",
  timestamptz: "timestamp",
};

function fieldKind(baseType: string, baseKind: string): FieldKind {
  return baseKind === "e" ? "string" : (kinds[baseType] ?? "other");
}
