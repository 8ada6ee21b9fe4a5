import { Service } from "encore.dev/service";
import { tellOutage } from "../shared/database/outage.js";
import { preconditions } from "./answers/preconditions.js";
import { answerHeaders, rawAnswerHeaders } from "./answers/security-headers.js";
import { callerPolicy } from "./caller-policy.js";
import { idempotency } from "./idempotency/idempotency.js";
import { rateLimit, rawRateLimit, streamRateLimit } from "./limits/rate-limit.js";
import { refuseUnreadableNames, refuseUnstorableText } from "./refuse-unstorable-text.js";
import { requirePermission } from "./require-permission.js";

/** The public API, `/api/v1`: authenticates callers, checks their permissions, and hands on to the services. */
export default new Service("api-gateway", {
  middlewares: [
    refuseUnreadableNames,
    answerHeaders,
    rawAnswerHeaders,
    tellOutage,
    rateLimit,
    preconditions,
    rawRateLimit,
    streamRateLimit,
    callerPolicy,
    requirePermission,
    refuseUnstorableText,
    idempotency,
  ],
});
