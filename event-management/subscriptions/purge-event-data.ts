import { Subscription } from "encore.dev/pubsub";
import { tenantEvents } from "../../shared/events/topics.js";
import { auditDb } from "../audit/db.js";
import { consume } from "../consume.js";
import { db } from "../db.js";
import { purgeTenant } from "../tenants/purge-tenant.js";

/** The end of a tenant → nothing of it is left here. */
const _ = new Subscription(tenantEvents, "purge-event-data", {
  handler: consume(
    { topic: "tenant-events", subscription: "purge-event-data", handles: { "tenant-purge-requested": 1 } },
    async (event) => purgeTenant({ auditDb, db }, event),
  ),
});
