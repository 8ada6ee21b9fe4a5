import type { Publisher } from "encore.dev/pubsub";
import { startOutboxRelay } from "../shared/events/relay.js";
import { auditEvents, tenantEvents, tenantManagementDlq } from "../shared/events/topics.js";
import type { AuditEvent, DeadLetterEvent, TenantEvent } from "../shared/events/types.js";
import { connectionString } from "./db.js";

startOutboxRelay({
  connectionString,
  publishers: {
    "audit-events": auditEvents.ref<Publisher<AuditEvent>>(),
    "tenant-events": tenantEvents.ref<Publisher<TenantEvent>>(),
    "tenant-management-dlq": tenantManagementDlq.ref<Publisher<DeadLetterEvent>>(),
  },
});
