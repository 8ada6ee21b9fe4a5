import { Subscription } from "encore.dev/pubsub";
import { conversionEvents } from "../../shared/events/topics.js";
import { auditDb } from "../audit/db.js";
import { consume } from "../consume.js";
import { db } from "../db.js";
import { countAudited } from "../metrics.js";
import { processConversion } from "../processing/domain/process-conversion.js";

/** Every conversion event → the audit log and the statistics of its rule. */
const _ = new Subscription(conversionEvents, "process-conversion", {
  maxConcurrency: 8,
  handler: consume(
    { topic: "conversion-events", subscription: "process-conversion", handles: "every" },
    async (event) => countAudited(await processConversion({ auditDb, db }, event)),
  ),
});
