import type { HostConfig } from "../host-config.js";
import type { IncomingHeaders } from "./incoming-headers.js";

const ALWAYS_ALLOWED = [
  "accept",
  "authorization",
  "content-type",
  "origin",
  "user-agent",
  "x-correlation-id",
  "x-request-id",
  "x-requested-with",
];
const ALWAYS_EXPOSED = ["x-request-id", "x-correlation-id", "x-encore-trace-id"];
const VARY = "origin, access-control-request-method, access-control-request-headers";

type OriginSet = (origin: string) => boolean;

const ANY: OriginSet = () => true;

/** Origins may hold one `*`, which stands for at least one character. */
function originSet(origins: readonly string[]): OriginSet {
  if (origins.includes("*")) return ANY;
  const exact = new Set(origins.filter((origin) => !origin.includes("*")));
  const wildcards = origins
    .filter((origin) => origin.includes("*"))
    .map((origin) => {
      const star = origin.indexOf("*");
      return { prefix: origin.slice(0, star), suffix: origin.slice(star + 1) };
    });
  return (given) => {
    const origin = given.toLowerCase();
    return (
      exact.has(origin) ||
      wildcards.some(
        ({ prefix, suffix }) =>
          origin.length > prefix.length + suffix.length &&
          origin.startsWith(prefix) &&
          origin.endsWith(suffix),
      )
    );
  };
}

/**
 * Cross-origin rules of the gateway. In development every origin is allowed,
 * with credentials, as `encore run` does.
 */
export class Cors {
  private readonly withCredentials: OriginSet;
  private readonly withoutCredentials: OriginSet;
  private readonly allowHeaders: string | undefined;
  private readonly exposeHeaders: string;
  private readonly privateNetwork: boolean;

  /** `allowed` and `exposed`: headers that the endpoints read and send. */
  constructor(
    config: HostConfig["cors"],
    mode: HostConfig["mode"],
    allowed: Iterable<string>,
    exposed: Iterable<string>,
  ) {
    const open = mode !== "production";
    this.withCredentials = open ? ANY : originSet(config.allowOriginsWithCredentials ?? []);
    this.withoutCredentials =
      open || !config.allowOriginsWithoutCredentials ? ANY : originSet(config.allowOriginsWithoutCredentials);
    const extra = config.allowHeaders ?? [];
    this.allowHeaders = extra.includes("*") ? undefined : list(extra, ALWAYS_ALLOWED, allowed);
    this.exposeHeaders = list(config.exposeHeaders ?? [], ALWAYS_EXPOSED, exposed);
    this.privateNetwork = open;
  }

  /** Appends the headers of a response to `out`, as name and value pairs. */
  apply(method: string, request: IncomingHeaders, out: string[]): void {
    out.push("access-control-allow-credentials", "true", "vary", VARY);
    const origin = request.first("origin");
    const preflight = method === "OPTIONS";
    if (origin !== undefined && this.allows(origin, preflight, request)) {
      out.push("access-control-allow-origin", origin);
    }
    if (!preflight) {
      out.push("access-control-expose-headers", this.exposeHeaders);
      return;
    }
    const asked = request.first("access-control-request-method");
    if (asked !== undefined) out.push("access-control-allow-methods", asked);
    const headers = this.allowHeaders ?? request.first("access-control-request-headers");
    if (headers !== undefined) out.push("access-control-allow-headers", headers);
    if (this.privateNetwork && request.first("access-control-request-private-network") === "true") {
      out.push("access-control-allow-private-network", "true");
    }
  }

  private allows(origin: string, preflight: boolean, request: IncomingHeaders): boolean {
    const credentials =
      request.first("authorization") !== undefined ||
      request.first("cookie") !== undefined ||
      (preflight && request.all("access-control-request-headers").some(asksForCredentials));
    return (credentials ? this.withCredentials : this.withoutCredentials)(origin);
  }
}

function asksForCredentials(headers: string): boolean {
  return headers.split(",").some((name) => name.trim() === "authorization" || name.trim() === "cookie");
}

function list(...names: Iterable<string>[]): string {
  return [...new Set(names.flatMap((some) => [...some].map((name) => name.toLowerCase())))].join(",");
}
