import { Subscription } from "encore.dev/pubsub";
import { withDeadLetter } from "../../shared/events/dead-letters.js";
import { addToOutbox } from "../../shared/events/outbox.js";
import { tenantEvents } from "../../shared/events/topics.js";
import type { DeadLetterEvent } from "../../shared/events/types.js";
import { db } from "../db.js";
import { triggerWorld } from "../trigger-worker.js";
import { purgeTenant } from "./purge-tenant.js";

const publishDeadLetter = (deadLetter: DeadLetterEvent): Promise<void> =>
  db.transaction((tx) => addToOutbox(tx, "data-processing-dlq", deadLetter));

/** The end of a tenant → nothing of it is left here. */
const _purgeTenantData = new Subscription(tenantEvents, "purge-conversion-data", {
  handler: withDeadLetter(
    {
      service: "data-processing",
      topic: "tenant-events",
      subscription: "purge-conversion-data",
      handles: { "tenant-purge-requested": 1 },
      publishDeadLetter,
    },
    async (event) => purgeTenant(triggerWorld, event),
  ),
});
