import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import postgres from "postgres";
import type { LocalSettings } from "../../deployment-settings.js";
import { OwnServer } from "./postgres/own-server.js";

const connectSeconds = 10;

/** Name of a database on the server, and of the role that owns it, by its name in the project. */
export function serverDatabase(projectId: string, database: string): string {
  const name = `axd_${projectId.replaceAll("-", "")}_${database.replaceAll("-", "_")}`;
  if (name.length <= 63) return name;
  return `${name.slice(0, 46)}_${createHash("sha256").update(database).digest("hex").slice(0, 16)}`;
}

const ownServers = new Map<string, OwnServer>();

/** Address of the server that deployments have their databases on: the operator's, or one of their own. */
export async function serverUrl({ postgresUrl, folder }: LocalSettings): Promise<string> {
  if (postgresUrl !== undefined) return postgresUrl;
  const server = ownServers.get(folder) ?? new OwnServer(folder);
  ownServers.set(folder, server);
  await mkdir(folder, { recursive: true });
  return await server.url();
}

/** Makes the database of a service and the role that owns it, where they are not there. Returns its address. */
export async function ensureDatabase(
  settings: LocalSettings,
  database: { name: string; password: string },
): Promise<string> {
  const { name, password } = database;
  const url = await serverUrl(settings);
  await withServer(url, async (sql) => {
    const [role] = await sql`select from pg_roles where rolname = ${name}`;
    const login = `login password '${password.replaceAll("'", "''")}'`;
    await sql.unsafe(`${role === undefined ? "create" : "alter"} role "${name}" ${login}`);
    const [known] = await sql`select from pg_database where datname = ${name}`;
    if (known === undefined) {
      // Whoever makes a database for another role must be a member of it.
      await sql.unsafe(`grant "${name}" to current_user`);
      await sql.unsafe(`create database "${name}" owner "${name}"`);
      await sql.unsafe(`revoke connect on database "${name}" from public`);
    }
  });
  const address = new URL(url);
  address.username = name;
  address.password = encodeURIComponent(password);
  address.pathname = `/${name}`;
  return address.toString();
}

/** Removes the databases and roles of a project's services; those that are gone already stay so. */
export async function dropDatabases(settings: LocalSettings, projectId: string): Promise<number> {
  const prefix = serverDatabase(projectId, "");
  return await withServer(await serverUrl(settings), async (sql) => {
    const databases = await sql<{ datname: string }[]>`
      select datname from pg_database where starts_with(datname, ${prefix})`;
    for (const { datname } of databases)
      await sql.unsafe(`drop database if exists "${datname}" with (force)`);
    const roles = await sql<{ rolname: string }[]>`
      select rolname from pg_roles where starts_with(rolname, ${prefix})`;
    for (const { rolname } of roles) await sql.unsafe(`drop role if exists "${rolname}"`);
    return databases.length;
  });
}

async function withServer<T>(url: string, work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(url, { max: 1, connect_timeout: connectSeconds, onnotice: () => {} });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
