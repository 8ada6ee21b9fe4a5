import { APIError } from "encore.dev/api";
import type { DataSourceTls } from "../types.js";

/** A data source's connection string, taken apart. */
export interface SourceAddress {
  host: string;
  port: number;
  databaseName: string;
  userName: string;
  /** The connection string without parameters. */
  url: string;
  /** What its parameters say; undefined where they say nothing. */
  tls?: DataSourceTls;
  pooled?: boolean;
}

/** Port of Supabase's pooler in the mode that keeps no session. */
const poolerPort = 6543;

const tlsOfSslmode: Record<string, DataSourceTls> = {
  disable: "disable",
  allow: "prefer",
  prefer: "prefer",
  require: "require",
  "verify-full": "verify-full",
};

/** Reads a Postgres connection string. Throws `invalidArgument` that does not repeat the string: it holds a password. */
export function parseSourceUrl(url: string): SourceAddress {
  const parsed = url.length <= 4_000 && URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || (parsed.protocol !== "postgres:" && parsed.protocol !== "postgresql:")) {
    throw bad("must look like postgres://user:password@host:port/database.");
  }
  const databaseName = decode(parsed.pathname.slice(1));
  const userName = decode(parsed.username);
  const password = decode(parsed.password);
  if (parsed.hostname === "") throw bad("the host is missing.");
  if (databaseName === "") throw bad("the database is missing after the host.");
  if (userName === "") throw bad("the user is missing before the host.");
  if ([databaseName, userName, password].some((part) => part.includes("\0"))) throw bad("holds U+0000.");
  const port = parsed.port === "" ? 5432 : Number(parsed.port);
  const plain = new URL(parsed);
  plain.search = "";
  plain.hash = "";
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ""),
    port,
    databaseName,
    userName,
    url: plain.href,
    tls: readSslmode(parsed.searchParams.get("sslmode")),
    pooled: parsed.searchParams.get("pgbouncer") === "true" || port === poolerPort || undefined,
  };
}

function readSslmode(sslmode: string | null): DataSourceTls | undefined {
  if (sslmode === null) return undefined;
  const tls = Object.hasOwn(tlsOfSslmode, sslmode) ? tlsOfSslmode[sslmode] : undefined;
  if (tls) return tls;
  throw bad("sslmode must be disable, prefer, require or verify-full.");
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw bad("a percent sign must start an escape such as %40.");
  }
}

function bad(problem: string): APIError {
  return APIError.invalidArgument(`url: ${problem}`).withDetails({ reason: "bad_url", path: "url" });
}
