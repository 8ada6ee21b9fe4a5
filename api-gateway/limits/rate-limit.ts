import { APIError, HandlerResponse, type MiddlewareRequest, middleware } from "encore.dev/api";
import log from "encore.dev/log";
import { getAuthData } from "~encore/auth";
import type { CallerIdentity } from "../../shared/tenancy/identity.js";
import { type AnswerHeaders, refusal, withAnswerHeaders } from "../answers/answer-headers.js";
import { type ApiCall, addressOf, callOf, trustedProxies } from "../call.js";
import { db } from "../db.js";
import { policyOf } from "../tenant-policies.js";
import { type Ask, postgresCountStore } from "./count-requests.js";
import { localCountStore } from "./local-counts.js";
import { rateLimitHeaders } from "./rate-limit-headers.js";
import { RequestLimiter } from "./request-limiter.js";
import { callerKey, callerShare, windowSeconds } from "./windows.js";

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

/** How a request was counted: the headers that say so, and the error where it is beyond the limit. */
interface Count {
  headers: AnswerHeaders;
  tooMany?: APIError;
}

/** Counts each request for its caller and tenant, or its address, and refuses what is beyond the limit with 429. */
export const rateLimit = middleware({ target: { isRaw: false, isStream: false } }, async (request, next) => {
  const { headers, tooMany } = await count(request);
  if (tooMany !== undefined) return refusal(tooMany, 429, headers);
  return await withAnswerHeaders(headers, () => next(request));
});

/** The same for raw endpoints, which write their answers themselves. */
export const rawRateLimit = middleware({ target: { isRaw: true } }, async (request, next) => {
  const { headers, tooMany } = await count(request);
  const response = request.rawResponse;
  for (const [name, value] of Object.entries(headers)) response?.setHeader(name, value);
  if (tooMany === undefined) return await next(request);
  if (response === undefined) throw tooMany;
  const { code, message, details } = tooMany;
  response.writeHead(429, { "Content-Type": "application/json" });
  response.end(JSON.stringify({ code, message, details }));
  return new HandlerResponse(undefined);
});

/** The same for streams: each counts once, when it begins. */
export const streamRateLimit = middleware({ target: { isStream: true } }, async (request, next) => {
  const { tooMany } = await count(request);
  if (tooMany !== undefined) throw tooMany;
  return await next(request);
});

async function count(request: MiddlewareRequest): Promise<Count> {
  const ask = await askOf(callOf(request));
  if (ask === undefined) return { headers: {} };
  const verdict = await limiter.check(ask);
  const headers = rateLimitHeaders(verdict, windowSeconds);
  if (verdict.refusedBy === undefined) return { headers };
  const { limit, resetSeconds } = verdict[verdict.refusedBy]!;
  const who = verdict.refusedBy === "caller" ? "this caller" : "the tenant";
  const tooMany = APIError.resourceExhausted(
    `Too many requests: ${who} may send ${limit} a minute. Try again in ${resetSeconds} s.`,
  ).withDetails({
    reason: "rate_limited",
    limitedBy: verdict.refusedBy,
    limit,
    retryAfterSeconds: resetSeconds,
  });
  return { headers: { ...headers, "Retry-After": String(resetSeconds) }, tooMany };
}

async function askOf(call: ApiCall): Promise<Ask | undefined> {
  const identity: CallerIdentity | null = call.api.auth ? getAuthData() : null;
  if (identity === null) {
    const address = unlimited.has(call.api.endpoint) ? undefined : addressOf(call, proxies);
    return address === undefined ? undefined : { caller: `address:${address}`, callerLimit: addressLimit };
  }
  const { tenantId, userID } = identity;
  if (tenantId === "") return { caller: `person:${userID}`, callerLimit: personLimit };
  const tenantLimit = (await policyOf(tenantId)).limits.requestsPerMinute;
  return {
    caller: callerKey(identity),
    callerLimit: Math.ceil(tenantLimit * callerShare),
    tenant: `tenant:${tenantId}`,
    tenantLimit,
  };
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
