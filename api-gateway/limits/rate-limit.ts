import { APIError, middleware } from "encore.dev/api";
import log from "encore.dev/log";
import { getAuthData } from "~encore/auth";
import type { CallerIdentity } from "../../shared/tenancy/identity.js";
import { refusal, withAnswerHeaders } from "../answers/answer-headers.js";
import { type ApiCall, addressOf, callOf, trustedProxies } from "../call.js";
import { db } from "../db.js";
import { policyOf } from "../tenant-policies.js";
import { type Ask, postgresCountStore, type Verdict } from "./count-requests.js";
import { localCountStore } from "./local-counts.js";
import { rateLimitHeaders } from "./rate-limit-headers.js";
import { RequestLimiter } from "./request-limiter.js";

const windowSeconds = 60;
/** What one caller may use of the tenant's requests, so that the others always get through. */
const callerShare = 0.8;
/** Requests a minute of a person who is in no tenant yet. */
const personLimit = 120;
/** Requests a minute from one address to endpoints without authentication. */
const addressLimit = 600;
/** Never refused: load balancers ask, and the answer costs nothing. */
const unlimited = new Set(["health"]);

const proxies = trustedProxies();
const limiter = new RequestLimiter({
  shared: postgresCountStore(db.$client, windowSeconds * 1000),
  local: localCountStore(windowSeconds * 1000),
  timeoutMs: 1_000,
  retryAfterMs: 5_000,
  onFailure: (error) =>
    log.warn("request limits are counted by this instance alone: the shared counters do not answer", {
      error: error instanceof Error ? error.message : String(error),
    }),
});

/** Counts each request for its caller and tenant, or its address, and refuses what is beyond the limit with 429. */
export const rateLimit = middleware({ target: { isRaw: false, isStream: false } }, async (request, next) => {
  const call = callOf(request);
  const ask = await askOf(call);
  if (ask === undefined) return await next(request);
  const verdict = await limiter.check(ask);
  const headers = rateLimitHeaders(verdict, windowSeconds);
  if (verdict.refusedBy !== undefined) return tooMany(verdict, verdict.refusedBy, headers);
  return await withAnswerHeaders(headers, () => next(request));
});

async function askOf(call: ApiCall): Promise<Ask | undefined> {
  const identity: CallerIdentity | null = call.api.auth ? getAuthData() : null;
  if (identity === null) {
    const address = unlimited.has(call.api.endpoint) ? undefined : addressOf(call, proxies);
    return address === undefined ? undefined : { caller: `address:${address}`, callerLimit: addressLimit };
  }
  const { tenantId, userID, credential, credentialId } = identity;
  if (tenantId === "") return { caller: `person:${userID}`, callerLimit: personLimit };
  const tenantLimit = (await policyOf(tenantId)).limits.requestsPerMinute;
  const caller = credential === "api-key" && credentialId ? `key:${credentialId}` : `user:${userID}`;
  return {
    caller: `caller:${tenantId}:${caller}`,
    callerLimit: Math.ceil(tenantLimit * callerShare),
    tenant: `tenant:${tenantId}`,
    tenantLimit,
  };
}

function tooMany(verdict: Verdict, refusedBy: "caller" | "tenant", headers: Record<string, string>) {
  const { limit, resetSeconds } = verdict[refusedBy]!;
  const who = refusedBy === "caller" ? "this caller" : "the tenant";
  const error = APIError.resourceExhausted(
    `Too many requests: ${who} may send ${limit} a minute. Try again in ${resetSeconds} s.`,
  ).withDetails({ reason: "rate_limited", limitedBy: refusedBy, limit, retryAfterSeconds: resetSeconds });
  return refusal(error, 429, { ...headers, "Retry-After": String(resetSeconds) });
}

setInterval(() => void removeExpired(), 60_000).unref();

/** Takes out counters whose window has ended; a bounded number at a time. */
async function removeExpired(): Promise<void> {
  try {
    await db.$client`
      delete from request_counts where key in (
        select key from request_counts where resets_at < now() order by resets_at limit 10000 for update skip locked)`;
  } catch (error) {
    log.warn("expired request counters were not removed", {
      error: error instanceof Error ? error.message : String(error),
    });
  }
}
