import type { Publisher } from "encore.dev/pubsub";
import { startOutboxRelay } from "../shared/events/relay.js";
import {
  auditEvents,
  eventManagementDlq,
  notificationEvents,
  tenantEvents,
} from "../shared/events/topics.js";
import type { AuditEvent, DeadLetterEvent, NotificationEvent, TenantEvent } from "../shared/events/types.js";
import { connectionString } from "./db.js";

startOutboxRelay({
  connectionString,
  publishers: {
    "audit-events": auditEvents.ref<Publisher<AuditEvent>>(),
    "notification-events": notificationEvents.ref<Publisher<NotificationEvent>>(),
    "tenant-events": tenantEvents.ref<Publisher<TenantEvent>>(),
    "event-management-dlq": eventManagementDlq.ref<Publisher<DeadLetterEvent>>(),
  },
});
