import { headerOf } from "./call.js";
import type { RequestHeaders } from "./request-credential.js";

/** A request as a browser's page may have caused it. */
export interface PageRequest {
  method: string;
  headers: RequestHeaders;
  /** Whether the caller is known by a cookie, which browsers send by themselves. */
  byCookie: boolean;
  /** Origins that the caller's tenant named. */
  tenantOrigins: readonly string[];
  /** Origins that this installation trusts; asked for only where they decide. */
  trustedOrigins: () => Promise<readonly string[]>;
}

const readingMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Whether the page behind a request, if any, may call for the caller. With a token that it was given, any page may
 * while the tenant names no origins, and only those afterwards. A cookie counts from the API's own pages, trusted ones
 * and those that the tenant named; without an `Origin` it changes nothing, and reads only what the browser says that no
 * other site asked for (Fetch Metadata) or what a person went to.
 */
export async function isAllowedPage(request: PageRequest): Promise<boolean> {
  const { headers, byCookie, tenantOrigins } = request;
  const origin = headerOf({ headers }, "origin");
  if (origin === undefined) return !byCookie || isOwnReading(request);
  if (isOwnOrigin(headers, origin) || isTrustedOrigin(origin.toLowerCase(), tenantOrigins)) return true;
  if (!byCookie && tenantOrigins.length === 0) return true;
  return isTrustedOrigin(origin, await request.trustedOrigins());
}

function isOwnReading({ method, headers }: PageRequest): boolean {
  if (!readingMethods.has(method)) return false;
  const site = headerOf({ headers }, "sec-fetch-site");
  if (site === undefined || site === "same-origin" || site === "none") return true;
  return (
    headerOf({ headers }, "sec-fetch-mode") === "navigate" &&
    headerOf({ headers }, "sec-fetch-dest") === "document"
  );
}

/** Whether `origin` is one of `trusted`, whose ports may be `*`. */
export function isTrustedOrigin(origin: string | undefined, trusted: readonly string[]): boolean {
  if (origin === undefined || !URL.canParse(origin)) return false;
  const { protocol, hostname } = new URL(origin);
  return trusted.includes(origin) || trusted.includes(`${protocol}//${hostname}:*`);
}

function isOwnOrigin(headers: RequestHeaders, origin: string): boolean {
  const host = headerOf({ headers }, "x-forwarded-host") ?? headerOf({ headers }, "host");
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}
