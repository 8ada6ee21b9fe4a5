import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type postgres from "postgres";
import type { Database } from "../../model/app-model.js";
import type { DatabaseConfig } from "../../runtime/host-config.js";
import { connect, identifier } from "./connect.js";
import { migrationFiles } from "./migration-files.js";
import { prepareDatabases } from "./prepare-databases.js";
import { isAlive } from "./process-check.js";
import { appUrl, type ManagedDatabase, MIGRATOR, managedDatabase } from "./roles.js";

const PREFIX = "axion-test";
/** With this machine, whose process ids name the copies: several may share a server. */
const RUN_PREFIX = `${PREFIX}-run-${shortHash(hostname())}`;
/** Each test file may hold its databases open at the same time. */
const MAX_CONNECTIONS = 10;

/** Migrated, empty databases to copy; plain data, so that it can be handed to test workers. */
export interface TestTemplates {
  adminUrl: string;
  /** Name in the app → database on the server. */
  databases: Record<string, string>;
  /** Name in the app → address of the template. */
  connectionStrings: Record<string, string>;
}

/**
 * Prepares one migrated template for each database, named after its
 * migrations' content: kept between runs until a migration changes. Removes
 * what earlier runs left behind.
 */
export async function prepareTestTemplates(options: {
  appDir: string;
  databases: Database[];
  adminUrl: string;
  log: (line: string) => void;
}): Promise<TestTemplates> {
  const names = Object.fromEntries(
    options.databases.map((database) => [database.name, templateName(options.appDir, database)]),
  );
  await dropAbandoned(options.adminUrl, options.log);
  await dropUnusedTemplates(options, Object.values(names));
  const prepared = await prepareDatabases({ ...options, nameOnServer: (name) => names[name] as string });
  const connectionStrings = Object.fromEntries(
    Object.entries(prepared).map(([name, { connectionString }]) => [name, connectionString]),
  );
  return { adminUrl: options.adminUrl, databases: names, connectionStrings };
}

/** Databases of its own for one test file: named at once, copied when first needed. */
export interface TestDatabases {
  databases: Record<string, DatabaseConfig>;
  /** Copies the templates. */
  create(): Promise<void>;
}

/**
 * Names copies of all templates after this process. They live as long as it
 * does: `dropAbandoned` removes those of processes that are gone.
 */
export function planTestDatabases(templates: TestTemplates, log: (line: string) => void): TestDatabases {
  const { adminUrl } = templates;
  const id = `${process.pid}-${randomBytes(4).toString("hex")}`;
  const clones = Object.entries(templates.databases).map(([name, template], i) => ({
    name,
    template,
    managed: { ...managedDatabase(template, adminUrl), database: `${RUN_PREFIX}-${id}-${i}` },
  }));
  return {
    databases: Object.fromEntries(
      clones.map(({ name, managed }) => [
        name,
        { connectionString: appUrl(adminUrl, managed), maxConnections: MAX_CONNECTIONS },
      ]),
    ),
    async create() {
      const admin = await connect(adminUrl, { log });
      try {
        for (const { template, managed } of clones) await copyTemplate(admin, template, managed);
      } finally {
        await admin.end({ timeout: 5 });
      }
    },
  };
}

async function copyTemplate(admin: postgres.Sql, template: string, managed: ManagedDatabase): Promise<void> {
  const database = identifier(managed.database);
  await admin.unsafe(`CREATE DATABASE ${database} TEMPLATE ${identifier(template)} OWNER "${MIGRATOR}"`);
  await admin
    .unsafe(
      `REVOKE ALL ON DATABASE ${database} FROM PUBLIC; GRANT ALL ON DATABASE ${database} TO ${identifier(managed.role)}`,
    )
    .simple();
}

/** Drops the copies whose process is gone; to be called now and then during a run, and at its end. */
export async function dropAbandoned(adminUrl: string, log: (line: string) => void): Promise<void> {
  const sql = await connect(adminUrl, { log });
  try {
    const rows = await sql<
      { name: string }[]
    >`SELECT datname AS name FROM pg_database WHERE datname LIKE ${`${RUN_PREFIX}-%`}`;
    for (const { name } of rows) {
      if (!isAlive(pidOf(name) ?? 0))
        await sql.unsafe(`DROP DATABASE IF EXISTS ${identifier(name)} WITH (FORCE)`);
    }
  } finally {
    await sql.end({ timeout: 5 });
  }
}

function pidOf(clone: string): number | undefined {
  return Number(new RegExp(`^${RUN_PREFIX}-(\\d+)-`).exec(clone)?.[1]) || undefined;
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}

function templatePrefix(appDir: string): string {
  return `${PREFIX}-template-${shortHash(`${hostname()}\0${appDir}`)}`;
}

function templateName(appDir: string, database: Database): string {
  const hash = createHash("sha256").update(database.name);
  if (database.migrations !== undefined) {
    const dir = join(appDir, database.migrations.dir);
    for (const { file } of migrationFiles(dir, database.migrations.source))
      hash.update(`\0${file}\0`).update(readFileSync(join(dir, file)));
  }
  return `${templatePrefix(appDir)}-${hash.digest("hex").slice(0, 16)}`;
}

/** Templates of this app for other migrations, with their roles. */
async function dropUnusedTemplates(
  options: { appDir: string; adminUrl: string; log: (line: string) => void },
  keep: string[],
): Promise<void> {
  const sql = await connect(options.adminUrl, options);
  try {
    const pattern = `${templatePrefix(options.appDir)}-%`;
    const rows = await sql<
      { name: string }[]
    >`SELECT datname AS name FROM pg_database WHERE datname LIKE ${pattern}`;
    for (const { name } of rows) {
      if (keep.includes(name)) continue;
      await sql.unsafe(`DROP DATABASE IF EXISTS ${identifier(name)} WITH (FORCE)`);
      // Copies of it that are still in use keep the role alive; the next run tries again.
      const { role } = managedDatabase(name, options.adminUrl);
      const [inUse] =
        await sql`SELECT 1 FROM pg_shdepend WHERE refobjid = (SELECT oid FROM pg_roles WHERE rolname = ${role})`;
      if (inUse === undefined) await sql.unsafe(`DROP ROLE IF EXISTS ${identifier(role)}`);
    }
  } finally {
    await sql.end({ timeout: 5 });
  }
}
