import { Subscription } from "encore.dev/pubsub";
import { withDeadLetter } from "../shared/events/dead-letters.js";
import { addToOutbox } from "../shared/events/outbox.js";
import { tenantEvents } from "../shared/events/topics.js";
import type { DeadLetterEvent } from "../shared/events/types.js";
import { db } from "./db.js";
import { receivePurged } from "./domain/purge-tenant.js";
import { removeExportFiles } from "./export-files.js";

const publishDeadLetter = (deadLetter: DeadLetterEvent): Promise<void> =>
  db.transaction((tx) => addToOutbox(tx, "tenant-management-dlq", deadLetter));

/** What the services have purged → the receipt; with the last of them, the tenant is gone. */
const _collectPurges = new Subscription(tenantEvents, "collect-purges", {
  handler: withDeadLetter(
    {
      service: "tenant-management",
      topic: "tenant-events",
      subscription: "collect-purges",
      handles: { "tenant-data-purged": 1 },
      publishDeadLetter,
    },
    async (message) => {
      const { event } = message;
      if (event.type === "tenant-data-purged")
        await receivePurged(db, { ...message, event }, (tenantId) => removeExportFiles(tenantId));
    },
  ),
});
