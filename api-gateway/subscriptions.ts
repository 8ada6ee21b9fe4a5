import { Subscription } from "encore.dev/pubsub";
import { withDeadLetter } from "../shared/events/dead-letters.js";
import { apiGatewayDlq, tenantEvents } from "../shared/events/topics.js";
import type { DeadLetterEvent } from "../shared/events/types.js";
import { db } from "./db.js";
import { purgeTenant } from "./purge-tenant.js";

const publishDeadLetter = async (deadLetter: DeadLetterEvent): Promise<void> => {
  await apiGatewayDlq.publish(deadLetter);
};

/**
 * The end of a tenant → nothing of it is left here. The answer needs no outbox: where it is not published, the event
 * counts as not handled and comes again.
 */
const _purgeTenantData = new Subscription(tenantEvents, "purge-gateway-data", {
  handler: withDeadLetter(
    {
      service: "api-gateway",
      topic: "tenant-events",
      subscription: "purge-gateway-data",
      handles: { "tenant-purge-requested": 1 },
      publishDeadLetter,
    },
    async (event) => {
      await tenantEvents.publish(await purgeTenant(db, event));
    },
  ),
});
