import { eq } from "drizzle-orm";
import { Subscription } from "encore.dev/pubsub";
import { withDeadLetter } from "../../shared/events/dead-letters.js";
import { addToOutbox } from "../../shared/events/outbox.js";
import { tenantEvents } from "../../shared/events/topics.js";
import type { DeadLetterEvent } from "../../shared/events/types.js";
import { db } from "../db.js";
import { organizations } from "../schema.js";
import { purgeTenant } from "./purge-tenant.js";
import { warnOwners } from "./warn-owners.js";

const service = "user-management";
const topic = "tenant-events";

const publishDeadLetter = (deadLetter: DeadLetterEvent): Promise<void> =>
  db.transaction((tx) => addToOutbox(tx, "user-management-dlq", deadLetter));

/** The end of a tenant → nothing of its organization is left here. */
const _purgeTenantData = new Subscription(tenantEvents, "purge-organization", {
  handler: withDeadLetter(
    {
      service,
      topic,
      subscription: "purge-organization",
      handles: { "tenant-purge-requested": 1 },
      publishDeadLetter,
    },
    async (event) => purgeTenant(db, event),
  ),
});

/** A tenant's new name or slug → its organization's. */
const _renameOrganization = new Subscription(tenantEvents, "rename-organization", {
  handler: withDeadLetter(
    {
      service,
      topic,
      subscription: "rename-organization",
      handles: { "tenant-updated": 1 },
      publishDeadLetter,
    },
    async ({ tenantId, event }) => {
      if (event.type !== "tenant-updated" || event.slug === undefined || event.name === undefined) return;
      const { slug, name } = event;
      await db
        .update(organizations)
        .set({ slug, name, updatedAt: new Date() })
        .where(eq(organizations.id, tenantId));
    },
  ),
});

/** A tenant that is to be deleted → a mail to each of its owners. */
const _warnOwners = new Subscription(tenantEvents, "warn-owners", {
  handler: withDeadLetter(
    {
      service,
      topic,
      subscription: "warn-owners",
      handles: { "tenant-deletion-requested": 1 },
      publishDeadLetter,
    },
    async (message) => {
      const { event } = message;
      if (event.type === "tenant-deletion-requested") await warnOwners(db, { ...message, event });
    },
  ),
});
