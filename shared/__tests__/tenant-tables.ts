import type postgres from "postgres";

/** A table as the database's catalogue has it. */
export interface Table {
  oid: number;
  /** With its schema and quotes, as SQL takes it. */
  qualified: string;
  name: string;
  secured: boolean;
  /** Policies with the commands they are for. */
  policies: { using: string | null; check: string | null }[];
  /** Row-level security binds the role that is connected: it neither owns the table nor is a member of its owner. */
  binding: boolean;
  insertable: boolean;
}

/**
 * All tables of a database but the catalogue's and the record of its migrations. Partitions are reached through their
 * table; that they are shut is tested where they are made.
 */
export async function tablesOf(sql: postgres.Sql): Promise<Table[]> {
  return await sql<Table[]>`
    select c.oid::int, c.relname as name, format('%I.%I', n.nspname, c.relname) as qualified,
           c.relrowsecurity as secured,
           coalesce((select json_agg(json_build_object(
             'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid)))
             from pg_policy p where p.polrelid = c.oid), '[]') as policies,
           c.relforcerowsecurity or not pg_has_role(current_user, c.relowner, 'member') as binding,
           has_table_privilege(c.oid, 'insert') as insertable
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and not c.relispartition and n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'
      and c.relname not like '%schema_migrations' and c.relname not like '\\_\\_drizzle%'
    order by 2`;
}

/** The column that a table's policy compares with the tenant; absent where the whole table is one tenant's. */
export function tenantColumn(table: Table): string | undefined {
  for (const { using, check } of table.policies) {
    const column = /\(\(?"?(\w+)"? = \(/.exec(using ?? check ?? "")?.[1];
    if (column !== undefined) return column;
  }
  return undefined;
}

interface Column {
  name: string;
  type: string;
  /** Labels of an enumerated type. */
  labels: string[] | null;
  /** Check constraints that mention the column. */
  checks: string[];
}

interface ForeignKey {
  columns: string[];
  table: string;
  referenced: string[];
}

type Row = Record<string, unknown>;

/** Inserts rows that say nothing but satisfy the tables' constraints, with the rows that they refer to. */
export class RowMaker {
  private readonly parents = new Map<string, Row>();
  private count = 0;

  constructor(
    private readonly tx: postgres.TransactionSql,
    private readonly tables: Table[],
  ) {}

  /** One more row of `table` for the tenant, which the transaction must have set, and what was inserted. */
  async insert(table: Table, tenantId: string): Promise<Row> {
    const row = await this.row(table, tenantId);
    const names = Object.keys(row);
    const [inserted] = await this.tx.unsafe<Row[]>(
      `insert into ${table.qualified} (${names.map((name) => `"${name}"`).join(", ")})
       values (${names.map((_, index) => `$${index + 1}`).join(", ")}) returning *`,
      names.map((name) => row[name] as string),
    );
    return inserted!;
  }

  /** Values for the columns that need one. */
  async row(table: Table, tenantId: string): Promise<Row> {
    const needed = await this.neededColumns(table);
    const row: Row = {};
    for (const key of await this.foreignKeys(table)) {
      if (!key.columns.every((column) => needed.some(({ name }) => name === column))) continue;
      const parent = await this.parent(key.table, tenantId);
      key.columns.forEach((column, index) => {
        row[column] = parent[key.referenced[index]!];
      });
    }
    for (const column of needed) if (!(column.name in row)) row[column.name] = this.value(column);
    const owner = tenantColumn(table);
    if (owner !== undefined) row[owner] = tenantId;
    return row;
  }

  private async parent(name: string, tenantId: string): Promise<Row> {
    const key = `${tenantId} ${name}`;
    const known = this.parents.get(key);
    if (known !== undefined) return known;
    const table = this.tables.find((candidate) => candidate.qualified === name);
    if (table === undefined) throw new Error(`a foreign key refers to ${name}, which is not listed`);
    const row = await this.insert(table, tenantId);
    this.parents.set(key, row);
    return row;
  }

  private async neededColumns(table: Table): Promise<Column[]> {
    return await this.tx<Column[]>`
      select a.attname as name, format_type(a.atttypid, null) as type,
             (select array_agg(e.enumlabel::text order by e.enumsortorder) from pg_enum e
              where e.enumtypid = a.atttypid) as labels,
             array(select pg_get_constraintdef(k.oid) from pg_constraint k
                   where k.conrelid = a.attrelid and k.contype = 'c' and a.attnum = any(k.conkey)) as checks
      from pg_attribute a
      where a.attrelid = ${table.oid} and a.attnum > 0 and not a.attisdropped
        and a.attnotnull and not a.atthasdef and a.attidentity = ''`;
  }

  private async foreignKeys(table: Table): Promise<ForeignKey[]> {
    return await this.tx<ForeignKey[]>`
      select (select format('%I.%I', n.nspname, c.relname) from pg_class c
              join pg_namespace n on n.oid = c.relnamespace where c.oid = k.confrelid) as table,
             array(select a.attname::text from unnest(k.conkey) with ordinality x(num, at)
                   join pg_attribute a on a.attrelid = k.conrelid and a.attnum = x.num order by x.at) as columns,
             array(select a.attname::text from unnest(k.confkey) with ordinality x(num, at)
                   join pg_attribute a on a.attrelid = k.confrelid and a.attnum = x.num order by x.at) as referenced
      from pg_constraint k where k.conrelid = ${table.oid} and k.contype = 'f'`;
  }

  private value({ type, labels, checks }: Column): unknown {
    this.count += 1;
    if (labels !== null) return labels[0];
    if (type.endsWith("[]")) return "{}";
    const literals = checks.filter((check) => / = ANY | = '/.test(check));
    const listed = literals.map((check) => /'([^']*)'::/.exec(check)?.[1]).find((text) => text !== undefined);
    switch (type) {
      case "text":
      case "character varying":
        return listed ?? `t${this.count}`;
      case "uuid":
        return crypto.randomUUID();
      case "boolean":
        return false;
      case "json":
      case "jsonb":
        return "{}";
      case "bytea":
        return "\\x00";
      case "date":
        return "2026-01-01";
      case "integer":
      case "bigint":
      case "smallint":
      case "numeric":
      case "double precision":
      case "real":
        return 1;
      default:
        if (type.startsWith("timestamp")) return "2026-01-01T00:00:00Z";
        throw new Error(`no sample value for the type ${type}`);
    }
  }
}
