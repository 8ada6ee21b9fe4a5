import { Subscription } from "encore.dev/pubsub";
import { auditEvents } from "../../shared/events/topics.js";
import { auditDb } from "../audit/db.js";
import { consume } from "../consume.js";
import { countAudited } from "../metrics.js";
import { logAudit } from "../processing/domain/process-conversion.js";

/** What services report → the audit log. */
const _ = new Subscription(auditEvents, "log-audit", {
  maxConcurrency: 4,
  handler: consume(
    { topic: "audit-events", subscription: "log-audit", handles: { "audit-recorded": 1 } },
    async (event) => countAudited(await logAudit(auditDb, event)),
  ),
});
