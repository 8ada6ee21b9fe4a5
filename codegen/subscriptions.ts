import { Subscription } from "encore.dev/pubsub";
import { withDeadLetter } from "../shared/events/dead-letters.js";
import { addToOutbox } from "../shared/events/outbox.js";
import { tenantEvents } from "../shared/events/topics.js";
import type { DeadLetterEvent } from "../shared/events/types.js";
import { db } from "./db.js";
import { removeTenant } from "./domain/local/clean-up.js";
import { purgeTenant, type TenantHoldings } from "./domain/purge-tenant.js";
import { removeArchives } from "./result-files.js";
import { tenantTables } from "./tenant-tables.js";
import { settings } from "./worker.js";

const publishDeadLetter = (deadLetter: DeadLetterEvent): Promise<void> =>
  db.transaction((tx) => addToOutbox(tx, "codegen-dlq", deadLetter));

const holdings: TenantHoldings = {
  tables: tenantTables,
  removeArchives,
  removeDeployments: (tenantId) => removeTenant(db, settings, tenantId),
};

/** The end of a tenant → nothing of it is left here. */
const _purgeTenantData = new Subscription(tenantEvents, "purge-projects", {
  handler: withDeadLetter(
    {
      service: "codegen",
      topic: "tenant-events",
      subscription: "purge-projects",
      handles: { "tenant-purge-requested": 1 },
      publishDeadLetter,
    },
    async (event) => purgeTenant(db, holdings, event),
  ),
});
