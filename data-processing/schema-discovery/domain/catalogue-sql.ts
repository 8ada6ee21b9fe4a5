import { quoteLiteral, type TableName } from "../../sources/identifiers.js";

/** Which tables and views are read: those named, or a page of all of them. */
export type CatalogueSelection =
  | { names: readonly TableName[] }
  | { after?: TableName; onlySchema?: string; limit: number };

// What the catalogue holds per column is sent as it is, as arrays of numbers: building texts for each of tens of thousands of
// columns would cost the server more than finding them.

/** The types of all columns, each once. */
const typesSql = `
  SELECT json_build_object(
      'type', used.atttypid::bigint, 'modifier', used.atttypmod,
      'full_type', format_type(used.atttypid, used.atttypmod),
      'cast_type', quote_ident(tn.nspname) || '.' || quote_ident(t.typname),
      'base_type', bt.typname,
      'base_kind', bt.typtype,
      'not_null', t.typnotnull,
      'has_default', t.typdefault IS NOT NULL,
      'enum_values', e.labels,
      'domain', CASE WHEN t.typtype = 'd' THEN json_build_object('name', quote_ident(tn.nspname) || '.' || quote_ident(t.typname),
        'checks', coalesce((SELECT json_agg(pg_get_constraintdef(k.oid) ORDER BY k.conname) FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'), '[]')) END
    ) AS type
  FROM (SELECT DISTINCT a.atttypid, a.atttypmod FROM rel JOIN pg_attribute a ON a.attrelid = rel.oid
    WHERE a.attnum > 0 AND NOT a.attisdropped) used
  JOIN pg_type t ON t.oid = used.atttypid
  JOIN pg_namespace tn ON tn.oid = t.typnamespace
  LEFT JOIN base ON base.domain = t.oid
  JOIN pg_type bt ON bt.oid = coalesce(base.type, t.oid)
  LEFT JOIN enums e ON e.enumtypid = bt.oid`;

/** The columns of a relation as one array for each property, in the columns' order. */
const columnsSql = `
  SELECT json_build_object('number', array_agg(a.attnum), 'name', array_agg(a.attname), 'type', array_agg(a.atttypid::bigint),
    'modifier', array_agg(a.atttypmod), 'not_null', array_agg(a.attnotnull),
    'has_default', array_agg(a.atthasdef OR a.attidentity <> ''), 'generated', array_agg(a.attgenerated <> '' OR a.attidentity = 'a'))
  FROM (SELECT * FROM pg_attribute WHERE attrelid = rel.oid AND attnum > 0 AND NOT attisdropped ORDER BY attnum) a`;

/** Defaults by the number of their column. */
const defaultsSql = `
  SELECT d.adrelid, json_object_agg(d.adnum, pg_get_expr(d.adbin, d.adrelid)) AS expressions
  FROM rel JOIN pg_attrdef d ON d.adrelid = rel.oid JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
  WHERE a.attgenerated = '' GROUP BY d.adrelid`;

/** Comments by the number of their column, that of the relation by 0. */
const commentsSql = `
  SELECT m.objoid, json_object_agg(m.objsubid, m.description) AS texts
  FROM rel JOIN pg_description m ON m.objoid = rel.oid AND m.classoid = 'pg_class'::regclass GROUP BY m.objoid`;

const keysSql = `
  SELECT i.indrelid, json_agg(json_build_object('name', ic.relname, 'primary', i.indisprimary,
    'columns', (i.indkey::smallint[])[0:i.indnkeyatts - 1]) ORDER BY i.indisprimary DESC, ic.relname) AS keys
  FROM rel JOIN pg_index i ON i.indrelid = rel.oid JOIN pg_class ic ON ic.oid = i.indexrelid
  WHERE i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
  GROUP BY i.indrelid`;

const constraintsSql = `
  SELECT f.conrelid,
    json_agg(json_build_object('name', f.conname, 'schema', rn.nspname, 'table', rc.relname, 'columns', f.conkey,
      'referenced_fields', (SELECT json_agg(a.attname ORDER BY k.place) FROM unnest(f.confkey) WITH ORDINALITY k(attnum, place)
        JOIN pg_attribute a ON a.attrelid = f.confrelid AND a.attnum = k.attnum)
    ) ORDER BY f.conname) FILTER (WHERE f.contype = 'f') AS refs,
    json_agg(json_build_object('name', f.conname, 'expression', pg_get_expr(f.conbin, f.conrelid), 'columns', coalesce(f.conkey, '{}'))
      ORDER BY f.conname) FILTER (WHERE f.contype = 'c') AS checks
  FROM rel JOIN pg_constraint f ON f.conrelid = rel.oid
  LEFT JOIN pg_class rc ON rc.oid = f.confrelid LEFT JOIN pg_namespace rn ON rn.oid = rc.relnamespace
  WHERE f.contype IN ('f', 'c')
  GROUP BY f.conrelid`;

const statisticsSql = `
  SELECT json_agg(json_build_object('name', s.attname, 'null_fraction', s.null_frac, 'distinct', s.n_distinct, 'width', s.avg_width,
    'values', (SELECT json_agg(left(v.value, 100) ORDER BY v.place) FROM unnest(s.most_common_vals::text::text[]) WITH ORDINALITY v(value, place) WHERE v.place <= 10),
    'frequencies', (s.most_common_freqs)[1:10]) ORDER BY s.inherited)
  FROM pg_stats s WHERE s.schemaname = rel.nspname AND s.tablename = rel.relname`;

/**
 * One statement that reads the structure of the selected tables and views, as far as they may be read: a row each, in
 * the order of their names, the first one with the types that the columns of all are of. With `statistics`, also what the database knows of the values.
 */
export function catalogueSql(selection: CatalogueSelection, options: { statistics: boolean }): string {
  return `
WITH RECURSIVE rel AS MATERIALIZED (
  SELECT c.oid, n.nspname, c.relname, c.relkind, c.reltuples
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND ${selectionSql(selection)}
    AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
  ORDER BY n.nspname, c.relname ${"limit" in selection ? `LIMIT ${selection.limit}` : ""}
), domains(domain, type) AS (
  SELECT t.oid, t.typbasetype FROM pg_type t WHERE t.typtype = 'd'
  UNION ALL
  SELECT domains.domain, t.typbasetype FROM domains JOIN pg_type t ON t.oid = domains.type WHERE t.typtype = 'd'
), base AS MATERIALIZED (
  SELECT domain, type FROM domains JOIN pg_type t ON t.oid = type WHERE t.typtype <> 'd'
), enums AS MATERIALIZED (
  SELECT enumtypid, json_agg(enumlabel ORDER BY enumsortorder) AS labels FROM pg_enum GROUP BY enumtypid
), types AS MATERIALIZED (${typesSql}
), defaults AS MATERIALIZED (${defaultsSql}
), comments AS MATERIALIZED (${commentsSql}
), keys AS MATERIALIZED (${keysSql}
), constraints AS MATERIALIZED (${constraintsSql}
)
SELECT json_build_object('schema', rel.nspname, 'table', rel.relname, 'relkind', rel.relkind,
  'estimated_rows', CASE WHEN rel.reltuples >= 0 AND rel.relkind <> 'v' THEN rel.reltuples::bigint END,
  'columns', (${columnsSql}), 'defaults', coalesce(defaults.expressions, '{}'), 'comments', coalesce(comments.texts, '{}'),
  'keys', coalesce(keys.keys, '[]'),
  'refs', coalesce(constraints.refs, '[]'), 'checks', coalesce(constraints.checks, '[]')
  ${options.statistics ? `, 'statistics', coalesce((${statisticsSql}), '[]')` : ""}) AS relation,
  CASE WHEN row_number() OVER (ORDER BY rel.nspname, rel.relname) = 1 THEN (SELECT json_agg(types.type) FROM types) END AS types
FROM rel
LEFT JOIN defaults ON defaults.adrelid = rel.oid
LEFT JOIN comments ON comments.objoid = rel.oid
LEFT JOIN keys ON keys.indrelid = rel.oid
LEFT JOIN constraints ON constraints.conrelid = rel.oid
ORDER BY rel.nspname, rel.relname`;
}

/** Relations of tenants' own: none of the system's, none of Axion's, no partition of a table that is listed itself. */
export const ownRelations =
  "NOT c.relispartition AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'axion') AND n.nspname !~ '^pg_(temp|toast_temp)_'";

function selectionSql(selection: CatalogueSelection): string {
  if ("names" in selection) {
    const names = selection.names.map(
      ({ schema, table }) => `(${quoteLiteral(schema)}::name, ${quoteLiteral(table)}::name)`,
    );
    return names.length === 0 ? "false" : `(n.nspname, c.relname) IN (${names.join(", ")})`;
  }
  const { after, onlySchema } = selection;
  return [
    ownRelations,
    onlySchema === undefined ? "true" : `n.nspname = ${quoteLiteral(onlySchema)}`,
    after
      ? `(n.nspname, c.relname) > (${quoteLiteral(after.schema)}::name, ${quoteLiteral(after.table)}::name)`
      : "true",
  ].join(" AND ");
}
