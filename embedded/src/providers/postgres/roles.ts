import { createHash, createHmac } from "node:crypto";
import type postgres from "postgres";
import { SetupError } from "../setup-error.js";
import { identifier, literal, withDatabase } from "./connect.js";

/** Group that every app role belongs to; migrations grant to it. */
const SERVICES = "encore_services";
/** Group below it, for policies that name Encore's service role. */
const SERVICE = "encore-service";
/** Owner of the databases; runs the migrations. */
export const MIGRATOR = "encore-migrator";

/** Serialises role changes: they touch shared rows, and concurrent ones fail. Any number that only this file uses. */
const ROLES_LOCK = 4_715_022_901;
/** Comment on databases and roles whose set-up is complete; the number rises when the set-up changes. */
const MARK = "axion 1";

/** A database of the app, on the server and as the app sees it. */
export interface ManagedDatabase {
  /** Name on the server. */
  database: string;
  /** Role the app connects as. */
  role: string;
  password: string;
}

/** Role and password of a database. The password follows from the server's own secret: nothing more to keep. */
export function managedDatabase(database: string, adminUrl: string): ManagedDatabase {
  const long = `axion-${database}`;
  const role =
    Buffer.byteLength(long) <= 63
      ? long
      : `axion-${createHash("sha256").update(database).digest("hex").slice(0, 32)}`;
  const password = createHmac("sha256", decodeURIComponent(new URL(adminUrl).password))
    .update(`role ${role}`)
    .digest("base64url");
  return { database, role, password };
}

/** How the app connects. */
export function appUrl(adminUrl: string, managed: ManagedDatabase): string {
  const url = new URL(withDatabase(adminUrl, managed.database));
  url.username = encodeURIComponent(managed.role);
  url.password = encodeURIComponent(managed.password);
  return url.href;
}

/**
 * Creates databases and roles as Encore has them on its own servers: migrations
 * run as the owner, which may create roles but is no superuser; the app's role
 * owns nothing, so that row-level security binds it, and reads and writes every
 * table through its group. Unlike there each database has its own role, which
 * cannot connect to another. One query when all is there.
 */
export async function ensureDatabases(admin: postgres.Sql, wanted: ManagedDatabase[]): Promise<void> {
  const todo = await missing(admin, wanted);
  if (todo.roles.length === 0 && todo.databases.length === 0) return;
  try {
    await admin.begin(async (tx) => {
      await tx`SELECT pg_advisory_xact_lock(${ROLES_LOCK})`;
      const { groups, roles } = await missing(tx, wanted);
      if (groups) await tx.unsafe(GROUPS).simple();
      for (const managed of roles) await tx.unsafe(createRole(managed)).simple();
    });
    for (const managed of todo.databases) await createDatabase(admin, managed);
  } catch (cause) {
    const { code, message } = cause as { code?: string; message: string };
    if (code !== "42501") throw cause;
    throw new SetupError(`cannot create databases and roles: ${message}`, {
      fix: "give axion a superuser of that server, or name each database with its own user in the configuration file (sql_servers)",
      cause,
    });
  }
}

async function missing(sql: postgres.Sql | postgres.TransactionSql, wanted: ManagedDatabase[]) {
  const rows = await sql<{ kind: string; name: string; mark: string | null }[]>`
    SELECT 'role' AS kind, rolname AS name, shobj_description(oid, 'pg_authid') AS mark
      FROM pg_roles WHERE rolname = ANY(${[SERVICES, SERVICE, MIGRATOR, ...wanted.map((w) => w.role)]})
    UNION ALL
    SELECT 'database', datname, shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = ANY(${wanted.map((w) => w.database)})`;
  const marks = new Map(rows.map((row) => [`${row.kind} ${row.name}`, row.mark]));
  return {
    groups: ![SERVICES, SERVICE, MIGRATOR].every((name) => marks.has(`role ${name}`)),
    roles: wanted.filter((w) => marks.get(`role ${w.role}`) !== roleMark(w)),
    databases: wanted.filter((w) => marks.get(`database ${w.database}`) !== MARK),
  };
}

/** Also says which password the role has, so that a changed one is noticed. */
function roleMark(managed: ManagedDatabase): string {
  return `${MARK} ${createHash("sha256").update(managed.password).digest("hex").slice(0, 16)}`;
}

const GROUPS = `
  DO $$
  BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${SERVICES}') THEN CREATE ROLE ${SERVICES} NOLOGIN; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${SERVICE}') THEN CREATE ROLE "${SERVICE}" NOLOGIN; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${MIGRATOR}') THEN CREATE ROLE "${MIGRATOR}" NOLOGIN CREATEDB CREATEROLE; END IF;
  END $$;
  GRANT pg_read_all_data, pg_write_all_data TO ${SERVICES}, "${MIGRATOR}";
  GRANT ${SERVICES} TO "${SERVICE}";
  GRANT ${SERVICES} TO "${MIGRATOR}" WITH ADMIN OPTION;`;

function createRole(managed: ManagedDatabase): string {
  const role = identifier(managed.role);
  return `
    DO $$
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal(managed.role)}) THEN CREATE ROLE ${role}; END IF;
    END $$;
    ALTER ROLE ${role} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB PASSWORD ${literal(managed.password)};
    GRANT "${SERVICE}" TO ${role};
    COMMENT ON ROLE ${role} IS ${literal(roleMark(managed))};`;
}

async function createDatabase(admin: postgres.Sql, managed: ManagedDatabase): Promise<void> {
  const database = identifier(managed.database);
  try {
    await admin.unsafe(`CREATE DATABASE ${database} OWNER "${MIGRATOR}"`).simple();
  } catch (error) {
    // It exists, from another host or a set-up that was cut off, or another process was quicker.
    const { code } = error as { code?: string };
    if (code !== "42P04" && code !== "23505") throw error;
  }
  await admin
    .unsafe(`
      REVOKE ALL ON DATABASE ${database} FROM PUBLIC;
      GRANT ALL ON DATABASE ${database} TO "${MIGRATOR}", ${identifier(managed.role)};
      COMMENT ON DATABASE ${database} IS ${literal(MARK)};`)
    .simple();
}
