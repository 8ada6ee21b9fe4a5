import { Service } from "encore.dev/service";
import { answerHeaders, rawAnswerHeaders } from "./answers/security-headers.js";
import { callerPolicy } from "./caller-policy.js";
import { idempotency } from "./idempotency/idempotency.js";
import { rateLimit } from "./limits/rate-limit.js";
import { refuseUnstorableText } from "./refuse-unstorable-text.js";
import { requirePermission } from "./require-permission.js";
import { requireSameOrigin } from "./require-same-origin.js";

/** The public API, `/api/v1`: authenticates callers, checks their permissions, and hands on to the services. */
export default new Service("api-gateway", {
  middlewares: [
    answerHeaders,
    rawAnswerHeaders,
    rateLimit,
    callerPolicy,
    requireSameOrigin,
    requirePermission,
    refuseUnstorableText,
    idempotency,
  ],
});
