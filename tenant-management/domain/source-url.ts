import { APIError } from "encore.dev/api";

/** A data source's connection string, taken apart for display. */
export interface SourceAddress {
  host: string;
  port: number;
  databaseName: string;
  userName: string;
}

/** Reads a Postgres connection string. Throws `invalidArgument` that does not repeat the string: it holds a password. */
export function parseSourceUrl(url: string): SourceAddress {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || (parsed.protocol !== "postgres:" && parsed.protocol !== "postgresql:")) {
    throw APIError.invalidArgument("url: must look like postgres://user:password@host:port/database.");
  }
  const databaseName = decode(parsed.pathname.slice(1));
  if (parsed.hostname === "") throw APIError.invalidArgument("url: the host is missing.");
  if (databaseName === "") throw APIError.invalidArgument("url: the database is missing after the host.");
  if (parsed.username === "") throw APIError.invalidArgument("url: the user is missing before the host.");
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ""),
    port: parsed.port === "" ? 5432 : Number(parsed.port),
    databaseName,
    userName: decode(parsed.username),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw APIError.invalidArgument("url: a percent sign must start an escape such as %40.");
  }
}
