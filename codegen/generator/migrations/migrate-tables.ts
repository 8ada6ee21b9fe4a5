import { previousEntity } from "../model/previous.js";
import type { EntityModel, ServiceModel } from "../model/schema.js";
import {
  type Column,
  type Constraint,
  type Index,
  snakeCase,
  type Table,
  tableName,
  tablesOf,
} from "./tables.js";

/**
 * The statements that turn the tables of a service as it was into those as it is now; `before` undefined: from
 * nothing. Fields and entities with `renamedFrom` keep their data. Empty where nothing changes.
 */
export function migrateTables(before: ServiceModel | undefined, after: ServiceModel): string[] {
  const old = new Map((before ? tablesOf(before) : []).map((table) => [table.name, table]));
  const sql = new Statements();
  const kept = new Set<string>();
  for (const [index, table] of tablesOf(after).entries()) {
    const entity = after.entities[index];
    const previous = entity && before && previousEntity(entity, before);
    const from = entity === undefined ? old.get(table.name) : previous && old.get(tableName(previous));
    if (from === undefined) {
      createTable(table, sql);
      continue;
    }
    kept.add(from.name);
    changeTable(from, table, entity && previous ? fieldRenames(entity, previous) : new Map(), sql);
  }
  for (const table of old.values()) {
    if (!kept.has(table.name)) sql.drop.push(`DROP TABLE ${quote(table.name)} CASCADE`);
  }
  return sql.inOrder();
}

/** Statements by the order in which they must run. */
class Statements {
  readonly unlock: string[] = [];
  readonly rename: string[] = [];
  readonly create: string[] = [];
  readonly alter: string[] = [];
  readonly drop: string[] = [];
  readonly constrain: string[] = [];
  readonly refer: string[] = [];

  inOrder(): string[] {
    return [this.unlock, this.rename, this.create, this.alter, this.drop, this.constrain, this.refer].flat();
  }

  constraint(table: string, { name, definition }: Constraint): void {
    const statements = definition.startsWith("FOREIGN KEY") ? this.refer : this.constrain;
    statements.push(`ALTER TABLE ${quote(table)} ADD CONSTRAINT ${quote(name)} ${definition}`);
  }

  index(table: string, { name, unique, columns }: Index): void {
    this.constrain.push(
      `CREATE ${unique ? "UNIQUE " : ""}INDEX ${quote(name)} ON ${quote(table)} (${columns.map(quote).join(", ")})`,
    );
  }
}

/** Old column → new column, for the renamed fields of an entity. */
function fieldRenames(entity: EntityModel, previous: EntityModel): Map<string, string> {
  const had = new Set(previous.fields.map((field) => field.name));
  const renamed = entity.fields.filter(
    ({ name, renamedFrom }) => renamedFrom !== undefined && had.has(renamedFrom) && !had.has(name),
  );
  return new Map(renamed.map(({ name, renamedFrom }) => [snakeCase(renamedFrom!), snakeCase(name)]));
}

function createTable(table: Table, sql: Statements): void {
  const columns = table.columns.map(
    (column) => `\t${columnSql(column)}${column.name === "id" ? " PRIMARY KEY" : ""}`,
  );
  sql.create.push(`CREATE TABLE ${quote(table.name)} (\n${columns.join(",\n")}\n)`);
  for (const constraint of table.constraints) sql.constraint(table.name, constraint);
  for (const index of table.indexes) sql.index(table.name, index);
}

function changeTable(from: Table, to: Table, renames: Map<string, string>, sql: Statements): void {
  const table = quote(to.name);
  const same = (a: object, b: object | undefined) => JSON.stringify(a) === JSON.stringify(b);
  for (const constraint of from.constraints) {
    if (
      !same(
        constraint,
        to.constraints.find(({ name }) => name === constraint.name),
      )
    )
      sql.unlock.push(`ALTER TABLE ${quote(from.name)} DROP CONSTRAINT ${quote(constraint.name)}`);
  }
  for (const index of from.indexes) {
    if (
      !same(
        index,
        to.indexes.find(({ name }) => name === index.name),
      )
    )
      sql.unlock.push(`DROP INDEX ${quote(index.name)}`);
  }
  if (from.name !== to.name) sql.rename.push(`ALTER TABLE ${quote(from.name)} RENAME TO ${table}`);
  for (const [old, name] of renames)
    sql.rename.push(`ALTER TABLE ${table} RENAME COLUMN ${quote(old)} TO ${quote(name)}`);

  const columns = new Map(from.columns.map((column) => [renames.get(column.name) ?? column.name, column]));
  for (const column of to.columns) {
    const old = columns.get(column.name);
    if (old === undefined) sql.alter.push(`ALTER TABLE ${table} ADD COLUMN ${columnSql(column)}`);
    else changeColumn(table, old, column, sql);
  }
  for (const [name] of columns) {
    if (!to.columns.some((column) => column.name === name))
      sql.drop.push(`ALTER TABLE ${table} DROP COLUMN ${quote(name)}`);
  }
  for (const constraint of to.constraints) {
    if (
      !same(
        constraint,
        from.constraints.find(({ name }) => name === constraint.name),
      )
    )
      sql.constraint(to.name, constraint);
  }
  for (const index of to.indexes) {
    if (
      !same(
        index,
        from.indexes.find(({ name }) => name === index.name),
      )
    )
      sql.index(to.name, index);
  }
}

function changeColumn(table: string, from: Column, to: Column, sql: Statements): void {
  const column = `ALTER TABLE ${table} ALTER COLUMN ${quote(to.name)}`;
  if (from.default !== undefined && from.default !== to.default) sql.alter.push(`${column} DROP DEFAULT`);
  if (from.type !== to.type)
    sql.alter.push(`${column} SET DATA TYPE ${to.type} USING ${quote(to.name)}::${to.type}`);
  if (to.default !== undefined && from.default !== to.default)
    sql.alter.push(`${column} SET DEFAULT ${to.default}`);
  if (from.required && !to.required) sql.alter.push(`${column} DROP NOT NULL`);
  if (!from.required && to.required) {
    if (to.default !== undefined)
      sql.alter.push(`UPDATE ${table} SET ${quote(to.name)} = ${to.default} WHERE ${quote(to.name)} IS NULL`);
    sql.alter.push(`${column} SET NOT NULL`);
  }
}

function columnSql({ name, type, required, default: value }: Column): string {
  return `${quote(name)} ${type}${value === undefined ? "" : ` DEFAULT ${value}`}${required ? " NOT NULL" : ""}`;
}

function quote(name: string): string {
  return `"${name}"`;
}
