import { setTimeout as delay } from "node:timers/promises";
import postgres from "postgres";
import type { DatabaseConfig } from "../../runtime/host-config.js";
import { sslOption } from "../../runtime/sql/ssl-option.js";
import { SetupError } from "../setup-error.js";

const CONNECT_TIMEOUT_SECONDS = 10;
const GIVE_UP_MS = 20_000;
const MAX_BACKOFF_MS = 2000;

/** Errors that waiting does not cure: wrong password, role, database or encryption. */
const PERMANENT: Record<string, string> = {
  "28P01": "check user name and password",
  "28000": "check the user name, and that the server lets it in from here (pg_hba.conf)",
  "3D000": "create the database, or correct its name",
  "42501": "give the role the right to connect",
};

/**
 * One connection for administration, retried with back-off while the server
 * does not answer. Ends with a SetupError after about 20 seconds, or at once
 * when retrying cannot help.
 */
export async function connect(
  url: string,
  options: { log: (line: string) => void; giveUpMs?: number; tls?: DatabaseConfig["tls"] },
): Promise<postgres.Sql> {
  const deadline = Date.now() + (options.giveUpMs ?? GIVE_UP_MS);
  for (let attempt = 0; ; attempt++) {
    const sql = postgres(url, {
      max: 1,
      prepare: false,
      connect_timeout: CONNECT_TIMEOUT_SECONDS,
      ...sslOption(options.tls),
      onnotice: () => {},
      idle_timeout: 0,
      max_lifetime: null,
    });
    try {
      await sql`SELECT 1`.simple();
      return sql;
    } catch (cause) {
      await sql.end({ timeout: 1 });
      const code = (cause as { code?: string }).code ?? "";
      const reason = reasonOf(cause);
      const wait = Math.min(MAX_BACKOFF_MS, 200 * 2 ** attempt);
      if (PERMANENT[code] !== undefined)
        throw new SetupError(`Postgres at ${serverOf(url)} refused: ${reason}`, {
          fix: PERMANENT[code],
          cause,
        });
      if (Date.now() + wait > deadline) {
        throw new SetupError(`Postgres at ${serverOf(url)} is unreachable: ${reason}`, {
          fix: "start the server, or correct its address in the configuration",
          cause,
        });
      }
      if (attempt === 0) options.log(`Postgres at ${serverOf(url)} is unreachable (${reason}); trying again`);
      await delay(wait);
    }
  }
}

/** What a failed connection says: the several addresses of a host name fail together, without a message. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError)
    return error.errors.map((inner: unknown) => (inner as Error).message).join("; ");
  return (error as Error).message;
}

/** Host, port and database of a connection string, without its password. */
function serverOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

/** The same server and user, another database. */
export function withDatabase(url: string, database: string): string {
  const other = new URL(url);
  other.pathname = `/${encodeURIComponent(database)}`;
  return other.href;
}

/** Quotes an identifier for SQL text. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Quotes a string for SQL text (standard_conforming_strings is on in every supported version). */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
