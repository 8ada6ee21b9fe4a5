import { createHash } from "node:crypto";
import { APIError, ErrCode, HandlerResponse, middleware } from "encore.dev/api";
import log from "encore.dev/log";
import { getAuthData } from "~encore/auth";
import { refusal, withAnswerHeaders, withHeaders } from "../answers/answer-headers.js";
import { type ApiCall, callOf, headerOf } from "../call.js";
import { db } from "../db.js";
import {
  type Claim,
  claimKey,
  extendLease,
  type KeyedRequest,
  keepAnswer,
  leaseSeconds,
  releaseKey,
} from "./idempotent-requests.js";

const mutating = new Set(["POST", "PUT", "PATCH", "DELETE"]);
const validKey = /^[\x21-\x7e]{1,255}$/;
/** Refusals that say nothing about the request itself: the next try may fare better. */
const passing: ReadonlySet<string> = new Set([
  ErrCode.ResourceExhausted,
  ErrCode.Aborted,
  ErrCode.Canceled,
  ErrCode.Unknown,
  ErrCode.Internal,
  ErrCode.Unavailable,
  ErrCode.DeadlineExceeded,
  ErrCode.DataLoss,
  ErrCode.Unimplemented,
]);

interface KeptAnswer {
  payload?: unknown;
  error?: { code: ErrCode; message: string; details?: Record<string, unknown> };
}

/**
 * `Idempotency-Key` on requests that change something: the same request with the same key is carried out once and
 * answered alike for 24 hours. Refusals of the request are kept as well; failures of the system are not. Where the
 * process died over it, what replaces or removes is carried out again, and what makes something new is not.
 */
export const idempotency = middleware(
  { target: { auth: true, isRaw: false, isStream: false } },
  async (request, next) => {
    const call = callOf(request);
    const keyed = keyedRequest(call);
    if (keyed === undefined) return await next(request);
    const claim = await claimOrRefuse(keyed);
    switch (claim.outcome) {
      case "run":
        return await runOnce(keyed, claim.run, () => next(request));
      case "running":
        throw withHeaders(
          APIError.aborted("A request with this Idempotency-Key is being carried out.").withDetails({
            reason: "idempotency_key_in_use",
          }),
          { "Retry-After": String(claim.retryAfterSeconds) },
        );
      case "unknown":
        throw APIError.aborted(
          "The request with this Idempotency-Key was interrupted, and it is not known whether it took effect. Look whether it did; if not, send it with a new key.",
        ).withDetails({ reason: "idempotency_outcome_unknown" });
      case "other-request":
        return refusal(
          APIError.invalidArgument(
            "This Idempotency-Key was used for another request. Use a new key for each request.",
          ).withDetails({ reason: "idempotency_key_reused" }),
          422,
          {},
        );
      case "done":
        return await withAnswerHeaders({ "Idempotency-Replayed": "true" }, async () => replay(claim.answer));
    }
  },
);

function keyedRequest(call: ApiCall): KeyedRequest | undefined {
  const identity = getAuthData();
  const key = headerOf(call, "idempotency-key");
  if (key === undefined || identity === null || !mutating.has(call.method)) return undefined;
  if (!validKey.test(key)) {
    throw APIError.invalidArgument(
      "Idempotency-Key: expected 1 to 255 visible ASCII characters, best a random UUID.",
    ).withDetails({ reason: "idempotency_key_invalid" });
  }
  const { userID: userId, tenantId } = identity;
  const asked = JSON.stringify([
    call.method,
    call.api.endpoint,
    call.pathAndQuery,
    call.parsedPayload ?? null,
  ]);
  return {
    tenantId: tenantId === "" ? `person:${userId}` : tenantId,
    userId,
    key,
    fingerprint: createHash("sha256").update(asked).digest("hex"),
    repeatable: call.method !== "POST" || takesKeyItself(call),
  };
}

/** Whether the service gets the key too and keeps to it in the transaction of its effect. */
function takesKeyItself({ parsedPayload }: ApiCall): boolean {
  return typeof parsedPayload?.idempotencyKey === "string";
}

/** Without the store nothing can be promised: the caller is told to come again, rather than served twice. */
async function claimOrRefuse(keyed: KeyedRequest): Promise<Claim> {
  try {
    return await claimKey(db, keyed);
  } catch (error) {
    log.error(error, "idempotency: a key could not be claimed");
    throw APIError.unavailable("Idempotency-Key cannot be honoured at the moment. Try again.").withDetails({
      reason: "idempotency_unavailable",
    });
  }
}

async function runOnce(
  keyed: KeyedRequest,
  run: string,
  next: () => Promise<HandlerResponse>,
): Promise<HandlerResponse> {
  const alive = setInterval(
    () => void tolerate("a lease was not extended", extendLease(db, keyed, run)),
    (leaseSeconds * 1000) / 3,
  );
  try {
    const response = await next();
    await keep(keyed, run, { payload: response.payload });
    return response;
  } catch (error) {
    if (error instanceof APIError && !passing.has(error.code)) {
      const { code, message, details } = error;
      await keep(keyed, run, { error: { code, message, details } });
    } else {
      await tolerate("a key was not given back", releaseKey(db, keyed, run));
    }
    throw error;
  } finally {
    clearInterval(alive);
  }
}

async function keep(keyed: KeyedRequest, run: string, answer: KeptAnswer): Promise<void> {
  await tolerate("an answer was not kept", keepAnswer(db, keyed, run, JSON.stringify(answer)));
}

function replay(kept: string | undefined): HandlerResponse {
  if (kept === undefined) {
    throw APIError.aborted("The request was carried out; its answer was too large to be kept.").withDetails({
      reason: "idempotent_answer_not_kept",
    });
  }
  const { payload, error } = JSON.parse(kept) as KeptAnswer;
  if (error === undefined) return new HandlerResponse(payload ?? null);
  throw new APIError(error.code, error.message, undefined, error.details);
}

/** The request has been answered already: what fails here only costs its repetition, which waits for the lease. */
async function tolerate(message: string, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    log.warn(`idempotency: ${message}`, { error: error instanceof Error ? error.message : String(error) });
  }
}
