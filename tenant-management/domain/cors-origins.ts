import { APIError } from "encore.dev/api";

const mostOrigins = 50;
const mostCharacters = 300;

/**
 * The origins (RFC 6454) as browsers send them, each once. Throws `invalidArgument` with the place of one that is
 * none, that is not https outside the own machine, or that stands for several.
 */
export function requireOrigins(given: string[]): string[] {
  if (given.length > mostOrigins) {
    throw APIError.invalidArgument(`origins: ${mostOrigins} at most, ${given.length} were given.`);
  }
  return [...new Set(given.map((origin, place) => requireOrigin(origin, `origins[${place}]`)))];
}

function requireOrigin(given: string, path: string): string {
  const url = given.length <= mostCharacters && URL.canParse(given) ? new URL(given) : undefined;
  const bare = url !== undefined && [url.origin, `${url.origin}/`].includes(given.toLowerCase());
  const local = url?.hostname === "localhost" || url?.hostname === "127.0.0.1" || url?.hostname === "[::1]";
  const safe = url?.protocol === "https:" || (url?.protocol === "http:" && local);
  if (url === undefined || !bare || !safe || url.hostname.includes("*")) {
    throw APIError.invalidArgument(
      `${path}: https://host[:port] without a path, or http:// for localhost; no wildcards.`,
    );
  }
  return url.origin;
}
