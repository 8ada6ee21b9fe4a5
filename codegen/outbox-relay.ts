import type { Publisher } from "encore.dev/pubsub";
import { startOutboxRelay } from "../shared/events/relay.js";
import { auditEvents, codegenDlq, projectEvents, tenantEvents } from "../shared/events/topics.js";
import type { AuditEvent, DeadLetterEvent, ProjectEvent, TenantEvent } from "../shared/events/types.js";
import { connectionString } from "./db.js";

startOutboxRelay({
  connectionString,
  publishers: {
    "audit-events": auditEvents.ref<Publisher<AuditEvent>>(),
    "project-events": projectEvents.ref<Publisher<ProjectEvent>>(),
    "tenant-events": tenantEvents.ref<Publisher<TenantEvent>>(),
    "codegen-dlq": codegenDlq.ref<Publisher<DeadLetterEvent>>(),
  },
});
