import { Subscription } from "encore.dev/pubsub";
import { withDeadLetter } from "../shared/events/dead-letters.js";
import { apiGatewayDlq, tenantEvents } from "../shared/events/topics.js";
import type { DeadLetterEvent, TenantEvent } from "../shared/events/types.js";
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
      publishDeadLetter,
    },
    async (event: TenantEvent) => {
      if (event.type !== "tenant-purge-requested") return;
      await tenantEvents.publish(await purgeTenant(db, event));
    },
  ),
});
