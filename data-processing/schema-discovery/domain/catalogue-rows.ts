import { createHash } from "node:crypto";
import { z } from "zod";
import type { DataSource } from "../../sources/data-source.js";
import { formatEntityName } from "../../sources/identifiers.js";
import type { EntitySchema, EntityVariant, FieldKind, FieldStatistics } from "../types.js";
import type { DiscoveredEntity } from "./entity.js";

const column = z.object({
  name: z.string(),
  full_type: z.string(),
  cast_type: z.string(),
  base_type: z.string(),
  base_kind: z.string(),
  nullable: z.boolean(),
  has_default: z.boolean(),
  generated: z.boolean(),
  default_expression: z.string().nullable(),
  enum_values: z.array(z.string()).nullable(),
  domain: z.object({ name: z.string(), checks: z.array(z.string()) }).nullable(),
  comment: z.string().nullable(),
});

const statistics = z.object({
  name: z.string(),
  null_fraction: z.number(),
  distinct: z.number(),
  width: z.number(),
  values: z.array(z.string().nullable()).nullable(),
  frequencies: z.array(z.number()).nullable(),
});

const relation = z.object({
  schema: z.string(),
  table: z.string(),
  relkind: z.enum(["r", "p", "v", "m", "f"]),
  comment: z.string().nullable(),
  estimated_rows: z.number().nullable(),
  columns: z.array(column),
  keys: z.array(z.object({ name: z.string(), primary: z.boolean(), fields: z.array(z.string()) })),
  refs: z.array(
    z.object({
      name: z.string(),
      fields: z.array(z.string()),
      schema: z.string(),
      table: z.string(),
      referenced_fields: z.array(z.string()),
    }),
  ),
  checks: z.array(z.object({ name: z.string(), expression: z.string(), fields: z.array(z.string()) })),
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

/** An entity from a row of `catalogueSql`. */
export function toEntity(source: DataSource, row: unknown): DiscoveredEntity {
  const read = relation.parse(row);
  const schema = toSchema(source, read);
  const required = new Set(schema.fields.filter((field) => !field.nullable).map((field) => field.name));
  const key = schema.uniqueKeys.find((candidate) => candidate.fields.every((field) => required.has(field)));
  return {
    table: { schema: read.schema, table: read.table },
    schema,
    columns: Object.fromEntries(
      read.columns.map((c) => [
        c.name,
        { castType: c.cast_type, fullType: c.full_type, baseType: c.base_type },
      ]),
    ),
    recordKey: key?.fields ?? [],
  };
}

function toSchema(source: DataSource, row: Relation): EntitySchema {
  const primary = new Set(row.keys.find((key) => key.primary)?.fields);
  const unique = new Set(row.keys.filter((key) => key.fields.length === 1).map((key) => key.fields[0]));
  const structure = {
    ...kindOfRelation(row.relkind),
    fields: row.columns.map((c) => ({
      name: c.name,
      dataType: c.full_type,
      kind: fieldKind(c.base_type, c.base_kind),
      nullable: c.nullable,
      hasDefault: c.has_default,
      generated: c.generated,
      defaultExpression: c.default_expression ?? undefined,
      primaryKey: primary.has(c.name),
      unique: unique.has(c.name),
      enumValues: c.enum_values ?? undefined,
      domain: c.domain ?? undefined,
      comment: c.comment ?? undefined,
    })),
    uniqueKeys: row.keys,
    references: row.refs.map((ref) => ({
      name: ref.name,
      fields: ref.fields,
      entityType: formatEntityName(ref, source.defaultSchema),
      referencedFields: ref.referenced_fields,
    })),
    checks: row.checks,
    comment: row.comment ?? undefined,
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
