import { createHash } from "node:crypto";
import { APIError } from "encore.dev/api";
import { z } from "zod";
import type { DataSource, SourceTransaction } from "../../sources/data-source.js";
import { formatEntityName, parseEntityName, type TableName } from "../../sources/identifiers.js";
import type { EntitySchema, FieldKind } from "../types.js";
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
  comment: z.string().nullable(),
});

const relation = z.object({
  schema: z.string(),
  table: z.string(),
  kind: z.enum(["table", "view"]),
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
});

type Relation = z.infer<typeof relation>;

/**
 * Reads an entity's schema from the live database, in one round trip. Throws `notFound` (reason `unknown_entity`)
 * where the table or view is not there or may not be read.
 */
export async function readEntity(source: DataSource, entityType: string): Promise<DiscoveredEntity> {
  const name = parseEntityName(entityType, source.defaultSchema);
  const row = visible(source, name)
    ? await source.begin((tx) => readRelation(tx, name), { readOnly: true })
    : undefined;
  if (row === undefined) {
    throw APIError.notFound(`The data source "${source.name}" has no entity "${entityType}".`).withDetails({
      reason: "unknown_entity",
    });
  }
  return toEntity(source, relation.parse(row));
}

/** In the workspace a tenant sees its own schema only. */
function visible(source: DataSource, name: TableName): boolean {
  return source.kind !== "workspace" || name.schema === source.defaultSchema;
}

async function readRelation(tx: SourceTransaction, name: TableName): Promise<unknown> {
  const [row] = await tx<{ relation: unknown }[]>`
    SELECT jsonb_build_object(
      'schema', n.nspname, 'table', c.relname,
      'kind', CASE WHEN c.relkind IN ('v', 'm') THEN 'view' ELSE 'table' END,
      'comment', obj_description(c.oid, 'pg_class'),
      'estimated_rows', CASE WHEN c.reltuples >= 0 AND c.relkind <> 'v' THEN c.reltuples::bigint END,
      'columns', coalesce((
        SELECT jsonb_agg(jsonb_build_object(
          'name', a.attname,
          'full_type', format_type(a.atttypid, a.atttypmod),
          'cast_type', quote_ident(tn.nspname) || '.' || quote_ident(t.typname),
          'base_type', bt.typname,
          'base_kind', bt.typtype,
          'nullable', NOT (a.attnotnull OR t.typnotnull),
          'has_default', a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL,
          'generated', a.attgenerated <> '' OR a.attidentity = 'a',
          'default_expression', CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END,
          'enum_values', (SELECT jsonb_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = bt.oid),
          'comment', col_description(c.oid, a.attnum)
        ) ORDER BY a.attnum)
        FROM pg_attribute a
        JOIN pg_type t ON t.oid = a.atttypid
        JOIN pg_namespace tn ON tn.oid = t.typnamespace
        JOIN pg_type bt ON bt.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      ), '[]'),
      'keys', coalesce((
        SELECT jsonb_agg(jsonb_build_object(
          'name', ic.relname,
          'primary', i.indisprimary,
          'fields', (
            SELECT jsonb_agg(a.attname ORDER BY k.place)
            FROM unnest(i.indkey::smallint[]) WITH ORDINALITY k(attnum, place)
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
            WHERE k.place <= i.indnkeyatts)
        ) ORDER BY i.indisprimary DESC, ic.relname)
        FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid
        WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
      ), '[]'),
      'refs', coalesce((
        SELECT jsonb_agg(jsonb_build_object(
          'name', f.conname, 'schema', rn.nspname, 'table', rc.relname,
          'fields', (SELECT jsonb_agg(a.attname ORDER BY k.place) FROM unnest(f.conkey) WITH ORDINALITY k(attnum, place)
            JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.attnum),
          'referenced_fields', (SELECT jsonb_agg(a.attname ORDER BY k.place) FROM unnest(f.confkey) WITH ORDINALITY k(attnum, place)
            JOIN pg_attribute a ON a.attrelid = f.confrelid AND a.attnum = k.attnum)
        ) ORDER BY f.conname)
        FROM pg_constraint f JOIN pg_class rc ON rc.oid = f.confrelid JOIN pg_namespace rn ON rn.oid = rc.relnamespace
        WHERE f.conrelid = c.oid AND f.contype = 'f'
      ), '[]')
    ) AS relation
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ${name.schema} AND c.relname = ${name.table} AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')`;
  return row?.relation;
}

function toEntity(source: DataSource, row: Relation): DiscoveredEntity {
  const schema = toSchema(source, row);
  const required = new Set(schema.fields.filter((field) => !field.nullable).map((field) => field.name));
  const key = schema.uniqueKeys.find((candidate) => candidate.fields.every((field) => required.has(field)));
  return {
    table: { schema: row.schema, table: row.table },
    schema,
    columns: Object.fromEntries(
      row.columns.map((c) => [
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
    kind: row.kind,
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
      comment: c.comment ?? undefined,
    })),
    uniqueKeys: row.keys,
    references: row.refs.map((ref) => ({
      name: ref.name,
      fields: ref.fields,
      entityType: formatEntityName(ref, source.defaultSchema),
      referencedFields: ref.referenced_fields,
    })),
    comment: row.comment ?? undefined,
  };
  return {
    source: source.name,
    entityType: formatEntityName(row, source.defaultSchema),
    ...structure,
    estimatedRows: row.estimated_rows ?? undefined,
    fingerprint: createHash("sha256").update(JSON.stringify(structure)).digest("hex"),
    lastAnalyzed: new Date(),
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
