import { readFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import type postgres from "postgres";
import { SetupError } from "../setup-error.js";
import { identifier } from "./connect.js";
import { isSequential, type MigrationFile, type MigrationSource, migrationFiles } from "./migration-files.js";
import { splitStatements } from "./split-statements.js";

const TABLE = "schema_migrations";
const LOCK_WAIT_SECONDS = 120;

export interface MigrateOptions {
  /** Connection to the database that is migrated. */
  sql: postgres.Sql;
  /** Absolute. */
  dir: string;
  /** The folder as messages name it, relative to the app. */
  shownDir: string;
  source: MigrationSource;
  /** Switches to this role; without it migrations run as the user of the connection. */
  role?: string;
  log: (line: string) => void;
}

/**
 * Brings a database up to date. Each file and its record commit together, so a
 * failing one leaves nothing behind. Table, rows and lock are those of Encore's
 * command line (golang-migrate's, one row for sequential sources and a row for
 * each file otherwise), so a database can move between hosts. One query when
 * there is nothing to do. Returns how many files ran.
 */
export async function migrate(options: MigrateOptions): Promise<number> {
  const { sql } = options;
  const files = migrationFiles(options.dir, options.source);
  if (files.length === 0 || pending(files, await applied(sql), options).length === 0) return 0;
  const [at] = await sql<{ schema: string | null; lock: string; superuser: boolean }[]>`
    SELECT current_schema() AS schema, current_database() AS lock, rolsuper AS superuser FROM pg_roles WHERE rolname = current_user`;
  const schema = at?.schema ?? "public";
  const lock = lockId(at?.lock ?? "", schema);
  await takeLock(sql, lock, options);
  try {
    if (options.role !== undefined)
      await sql.unsafe(
        at?.superuser
          ? `SET SESSION AUTHORIZATION ${identifier(options.role)}`
          : `SET ROLE ${identifier(options.role)}`,
      );
    await sql
      .unsafe(
        `CREATE TABLE IF NOT EXISTS ${identifier(schema)}.${TABLE} (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL)`,
      )
      .simple();
    const todo = pending(files, await applied(sql), options);
    for (const file of todo) await apply(file, schema, options);
    return todo.length;
  } finally {
    await sql.unsafe(`RESET SESSION AUTHORIZATION; SELECT pg_advisory_unlock(${lock})`).simple();
  }
}

/** What the table says. A row marked dirty is a migration that failed elsewhere and was rolled back: it counts as not applied. */
async function applied(sql: postgres.Sql): Promise<{ version: bigint; dirty: boolean }[]> {
  try {
    const rows = await sql.unsafe<{ version: string; dirty: boolean }[]>(
      `SELECT version::text, dirty FROM ${TABLE} ORDER BY version`,
    );
    return rows.map((row) => ({ version: BigInt(row.version), dirty: row.dirty }));
  } catch (error) {
    if ((error as { code?: string }).code === "42P01") return [];
    throw error;
  }
}

function pending(
  files: MigrationFile[],
  rows: { version: bigint; dirty: boolean }[],
  options: MigrateOptions,
): MigrationFile[] {
  if (!isSequential(options.source)) {
    const done = new Set(rows.filter((row) => !row.dirty).map((row) => row.version));
    return files.filter((file) => !done.has(file.number));
  }
  const current = rows.at(-1);
  if (current === undefined) return files;
  if (current.dirty) return files.filter((file) => file.number >= current.version);
  if (!files.some((file) => file.number === current.version)) {
    throw new SetupError(
      `the database is at migration ${current.version}, which ${options.shownDir} does not have`,
      {
        fix: "run the version of the app that made the database, or restore that migration's file",
      },
    );
  }
  return files.filter((file) => file.number > current.version);
}

/** The advisory lock that golang-migrate takes for this table, so that both hosts exclude each other. */
function lockId(database: string, schema: string): number {
  return Math.imul(crc32([schema, TABLE, database].join("\0")), 1_486_364_155) >>> 0;
}

async function takeLock(sql: postgres.Sql, lock: number, options: MigrateOptions): Promise<void> {
  try {
    await sql
      .unsafe(
        `SET lock_timeout = '${LOCK_WAIT_SECONDS}s'; SELECT pg_advisory_lock(${lock}); RESET lock_timeout`,
      )
      .simple();
  } catch (cause) {
    if ((cause as { code?: string }).code !== "55P03") throw cause;
    throw new SetupError(
      `another process has been migrating ${options.shownDir} for ${LOCK_WAIT_SECONDS} seconds`,
      { fix: "wait for it or end it", cause },
    );
  }
}

async function apply(file: MigrationFile, schema: string, options: MigrateOptions): Promise<void> {
  const { sql } = options;
  const path = join(options.dir, file.file);
  const shown = `${options.shownDir}/${file.file}`;
  const text = readFileSync(path, "utf8");
  const table = `${identifier(schema)}.${TABLE}`;
  const record = isSequential(options.source)
    ? `TRUNCATE ${table}; INSERT INTO ${table} (version, dirty) VALUES (${file.number}, false)`
    : `INSERT INTO ${table} (version, dirty) VALUES (${file.number}, false) ON CONFLICT (version) DO UPDATE SET dirty = false`;
  // Settings that an earlier file left behind must not decide where this one creates its tables.
  await sql.unsafe("RESET ALL");
  const began = performance.now();
  try {
    // Several statements in one simple query are one transaction.
    await sql.unsafe(`${text}\n;${record}`).simple();
  } catch (cause) {
    await sql.unsafe("ROLLBACK").simple();
    const error = cause as postgres.PostgresError;
    const offset =
      error.position === undefined
        ? await failingOffset(sql, text, error)
        : characterOffset(text, Number(error.position) - 1);
    throw new SetupError(`migration ${shown}${placeIn(text, offset)}: ${describe(error)}`, {
      fix: "nothing of this file was applied: correct it and start again",
      cause,
    });
  }
  options.log(`migrated ${shown} (${Math.round(performance.now() - began)} ms)`);
}

function describe(error: postgres.PostgresError): string {
  const more = [error.detail, error.hint].filter((text) => text !== undefined && text !== "").join(" ");
  return `${error.message}${error.code ? ` (SQLSTATE ${error.code})` : ""}${more ? `. ${more}` : ""}`;
}

/** Postgres counts code points, JavaScript code units. */
function characterOffset(text: string, codePoints: number): number {
  let units = 0;
  for (const character of text) {
    if (codePoints-- <= 0) break;
    units += character.length;
  }
  return units;
}

function placeIn(text: string, offset: number | undefined): string {
  if (offset === undefined || offset >= text.length) return "";
  const before = text.slice(0, offset).split("\n");
  return `:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

/**
 * Some errors (a violated constraint, say) carry no position. Runs the file
 * again one statement at a time, in a transaction that is always rolled back,
 * to see which one fails. No answer when the second run goes differently.
 */
async function failingOffset(
  sql: postgres.Sql,
  text: string,
  error: postgres.PostgresError,
): Promise<number | undefined> {
  const statements = splitStatements(text);
  if (
    error.code === undefined ||
    statements.some((s) => /^(begin|start|commit|end|rollback|abort)\b/i.test(s.text))
  )
    return undefined;
  try {
    await sql.unsafe("BEGIN").simple();
    for (const statement of statements) {
      try {
        await sql.unsafe(statement.text).simple();
      } catch (again) {
        return (again as postgres.PostgresError).code === error.code ? statement.offset : undefined;
      }
    }
    return undefined;
  } finally {
    await sql.unsafe("ROLLBACK").simple();
  }
}
