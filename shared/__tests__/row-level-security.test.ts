import { randomUUID } from "node:crypto";
import path from "node:path";
import { SQLDatabase } from "encore.dev/storage/sqldb";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { data_processing } from "~encore/clients";
import { loadApp } from "../../embedded/src/model/load-app.js";
import { newCaller } from "./callers.js";
import { tablesWithoutPolicy } from "./tables-without-policy.js";
import { RowMaker, type Table, tablesOf, tenantColumn } from "./tenant-tables.js";

const { model } = await loadApp({ appDir: path.resolve(import.meta.dirname, "../..") });
const databases = model!.databases.map((database) => database.name).sort();
const open = new Map(
  databases.map((name) => [
    name,
    // The SDK's type takes literals only, since its parser reads them.
    postgres(SQLDatabase.named(name as never).connectionString, { max: 2, onnotice: () => {} }),
  ]),
);

/** The tenant whose rows the others try to reach. */
const victim = newCaller();
/** Thrown to end a transaction without keeping what it did. */
const undone = new Error("rolled back");

type Tx = postgres.TransactionSql;

async function inTransaction(sql: postgres.Sql, work: (tx: Tx) => Promise<void>): Promise<void> {
  await sql
    .begin(async (tx) => {
      await work(tx);
      throw undone;
    })
    .catch((error: unknown) => {
      if (error !== undone) throw error;
    });
}

const setTenant = (tx: Tx, tenantId: string) => tx`select set_config('app.tenant_id', ${tenantId}, true)`;

/** Rows that a statement read or changed; a refusal for want of rights is none. */
async function reached(tx: Tx, statement: string): Promise<number> {
  try {
    return (await tx.savepoint((inner) => inner.unsafe(statement))).count;
  } catch (error) {
    if ((error as { code?: string }).code === "42501") return 0;
    throw error;
  }
}

/** What a stranger to the rows reaches by reading, changing and deleting `where` allows. */
async function reach(tx: Tx, table: Table, where = "true"): Promise<Record<string, number>> {
  const column = tenantColumn(table) ?? (await firstColumn(tx, table));
  return {
    read: await reached(tx, `select 1 from ${table.qualified} where ${where}`),
    changed: await reached(
      tx,
      `update ${table.qualified} set "${column}" = "${column}" where ${where} returning 1`,
    ),
    deleted: await reached(tx, `delete from ${table.qualified} where ${where} returning 1`),
  };
}

async function firstColumn(tx: Tx, table: Table): Promise<string> {
  const [column] = await tx<{ name: string }[]>`
    select attname as name from pg_attribute where attrelid = ${table.oid} and attnum = 1`;
  return column!.name;
}

const nothing = { read: 0, changed: 0, deleted: 0 };

const securedTables = async (name: string) =>
  (await tablesOf(open.get(name)!)).filter((table) => table.secured);

beforeAll(async () => {
  const entity = "secrets";
  await data_processing.createWorkspaceEntity(
    { name: entity, fields: [{ name: "id", type: "integer" }], primaryKey: ["id"] },
    { authData: victim },
  );
  await data_processing.loadRecords({ entity, records: [{ id: 1 }] }, { authData: victim });
});

afterAll(async () => {
  await Promise.all([...open.values()].map((sql) => sql.end()));
});

describe.each(databases)("row-level security in %s", (name) => {
  const sql = open.get(name)!;

  it("covers every table, or a reason is stated", async () => {
    const tables = await tablesOf(sql);
    expect(tables.length).toBeGreaterThan(0);
    const bare = tables.filter(({ secured, policies, binding }) => !(secured && policies.length && binding));
    const unexplained = bare
      .map((table) => table.name)
      .filter((table) => !(table in tablesWithoutPolicy) && !(`${name}.${table}` in tablesWithoutPolicy));
    expect(unexplained).toEqual([]);
  });

  it("binds the role that the services connect as", async () => {
    const [role] = await sql`
      select rolsuper as superuser, rolbypassrls as bypasses, rolcreaterole as "makesRoles",
             has_schema_privilege('public', 'create') as creates,
             exists (select from pg_class where relowner = pg_roles.oid) as owns,
             exists (select from pg_roles other where (other.rolsuper or other.rolbypassrls)
                     and pg_has_role(current_user, other.oid, 'member')) as "couldBypass"
      from pg_roles where rolname = current_user`;
    expect(role).toEqual({
      superuser: false,
      bypasses: false,
      makesRoles: false,
      creates: false,
      owns: false,
      couldBypass: false,
    });
  });

  it("cannot be switched off by that role", async () => {
    for (const { oid, qualified } of await securedTables(name)) {
      const [table] = await sql<{ owner: string; policy: string }[]>`
        select relowner::regrole::text as owner, p.polname as policy
        from pg_class c join pg_policy p on p.polrelid = c.oid where c.oid = ${oid}`;
      const attempts = [
        `alter table ${qualified} disable row level security`,
        `drop policy "${table!.policy}" on ${qualified}`,
        `create policy opened on ${qualified} using (true)`,
        `set local role ${table!.owner}`,
        `set local row_security = off; select 1 from ${qualified}`,
        "set local session_replication_role = replica",
        `truncate ${qualified}`,
      ];
      for (const attempt of attempts) {
        const outcome = inTransaction(sql, async (tx) => void (await tx.unsafe(attempt)));
        await expect(outcome, attempt).rejects.toMatchObject({ code: "42501" });
      }
    }
  });

  it("keeps the rows of a tenant from everyone else", async () => {
    for (const table of await securedTables(name)) {
      await inTransaction(sql, async (tx) => {
        const maker = new RowMaker(tx, await tablesOf(sql));
        const owner = tenantColumn(table);
        const makes = owner !== undefined && table.insertable;
        await setTenant(tx, victim.tenantId);
        if (makes) await maker.insert(table, victim.tenantId);
        const rows = await reached(tx, `select 1 from ${table.qualified}`);
        expect(rows, `${table.name}: rows for this test`).toBeGreaterThan(0);

        const stranger = randomUUID();
        const theirs = owner === undefined ? "true" : `"${owner}" = '${victim.tenantId}'`;
        const forged = makes
          ? ((await maker.row(table, victim.tenantId)) as Record<string, string>)
          : undefined;
        for (const tenant of ["", stranger]) {
          await setTenant(tx, tenant);
          const who = `${table.name}, ${tenant === "" ? "no tenant" : "another tenant"}`;
          expect(await reach(tx, table), who).toEqual(nothing);
          expect(await reach(tx, table, theirs), who).toEqual(nothing);
          if (!forged) continue;
          const columns = Object.keys(forged);
          const insertion = tx.savepoint(
            (inner) => inner`insert into ${inner.unsafe(table.qualified)} ${inner(forged, columns)}`,
          );
          await expect(insertion, `${who}: insert`).rejects.toMatchObject({ code: "42501" });
        }

        if (!makes) return;
        await setTenant(tx, stranger);
        await maker.insert(table, stranger);
        expect(await reached(tx, `select 1 from ${table.qualified}`), table.name).toBeGreaterThan(0);
        const given = await reached(
          tx,
          `update ${table.qualified} set "${owner}" = '${victim.tenantId}' returning 1`,
        );
        expect(given, `${table.name}: given away`).toBe(0);
      });
    }
  });
});
