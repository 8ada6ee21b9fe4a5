import path from "node:path";
import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { db as projects } from "../../codegen/db.js";
import { db as dataProcessing } from "../../data-processing/db.js";
import { loadApp } from "../../embedded/src/model/load-app.js";
import { auditDb } from "../../event-management/audit/db.js";
import { db as eventManagement } from "../../event-management/db.js";
import { db as tenantManagement } from "../../tenant-management/db.js";
import { db as userManagement } from "../../user-management/db.js";
import type { AnyDb } from "../database/handle.js";

type OpenDb = Pick<AnyDb, "execute">;

const databases: Record<string, OpenDb> = {
  audit_logs: auditDb,
  data_processing: dataProcessing,
  event_management: eventManagement,
  projects,
  tenant_management: tenantManagement,
  user_management: userManagement,
};

/** Databases whose tables are not of this kind, and how tenants are kept apart in them. */
const otherwise: Record<string, string> = {
  workspace: "a schema for each tenant, reached through a role of that tenant; see its own tests",
};

/** Tables without a policy, and why. */
const systemTables: Record<string, string> = {
  outbox: "read by the service's relay for all tenants at once; reachable through no endpoint",
  inbox: "ids of handled events and nothing of a tenant",
  generated_keys: "keys of the service itself, on a developer's machine",
  "data_processing.job_queue":
    "jobs of all tenants that wait for a worker: ids only; the jobs themselves have a policy",
  "tenant_management.tenant_slugs": "read to find a tenant before it is known; holds public names only",
};

interface TableRow extends Record<string, unknown> {
  name: string;
  secured: boolean;
  policies: number;
}

async function tablesOf(db: OpenDb): Promise<TableRow[]> {
  return await db.execute<TableRow>(sql`
    select c.relname as name,
           c.relrowsecurity as secured,
           (select count(*)::int from pg_policy p where p.polrelid = c.oid) as policies
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and n.nspname = 'public' and c.relname not like '%schema_migrations'
    order by 1`);
}

describe("row-level security", () => {
  it("is looked at in every database of the app", async () => {
    const { model } = await loadApp({ appDir: path.resolve(import.meta.dirname, "../..") });
    const named = [...Object.keys(databases), ...Object.keys(otherwise)].sort();
    expect(model?.databases.map((database) => database.name).sort()).toEqual(named);
  });

  it.each(Object.keys(databases))("covers every table of %s, or a reason is stated", async (name) => {
    const tables = await tablesOf(databases[name]!);
    expect(tables.length).toBeGreaterThan(0);
    const bare = tables.filter((table) => !(table.secured && table.policies > 0)).map((table) => table.name);
    const unexplained = bare.filter(
      (table) => !(table in systemTables) && !(`${name}.${table}` in systemTables),
    );
    expect(unexplained).toEqual([]);
  });

  it.each(Object.keys(databases))("binds the role that the services of %s connect as", async (name) => {
    const [role] = await databases[name]!.execute(sql`
      select rolsuper as superuser, rolbypassrls as bypasses,
             exists (select from pg_tables where schemaname = 'public' and tableowner = current_user) as owns
      from pg_roles where rolname = current_user`);
    expect(role).toEqual({ superuser: false, bypasses: false, owns: false });
  });

  it.each(Object.keys(databases))("shows nothing in %s to a connection without a tenant", async (name) => {
    const db = databases[name]!;
    for (const table of (await tablesOf(db)).filter((candidate) => candidate.secured)) {
      const rows = await db.execute(sql`select 1 from ${sql.identifier(table.name)} limit 1`);
      expect([table.name, rows.length]).toEqual([table.name, 0]);
    }
  });
});
