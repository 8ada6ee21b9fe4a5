import type { Publisher } from "encore.dev/pubsub";
import { startOutboxRelay } from "../shared/events/relay.js";
import {
  auditEvents,
  conversionEvents,
  eventManagementDlq,
  notificationEvents,
  projectEvents,
  schemaEvents,
  tenantEvents,
} from "../shared/events/topics.js";
import type {
  AuditEvent,
  ConversionEvent,
  DeadLetterEvent,
  NotificationEvent,
  ProjectEvent,
  SchemaEvent,
  TenantEvent,
} from "../shared/events/types.js";
import { connectionString } from "./db.js";

// Every topic: what others published is published again where it is replayed.
startOutboxRelay({
  connectionString,
  publishers: {
    "conversion-events": conversionEvents.ref<Publisher<ConversionEvent>>(),
    "schema-events": schemaEvents.ref<Publisher<SchemaEvent>>(),
    "audit-events": auditEvents.ref<Publisher<AuditEvent>>(),
    "notification-events": notificationEvents.ref<Publisher<NotificationEvent>>(),
    "project-events": projectEvents.ref<Publisher<ProjectEvent>>(),
    "tenant-events": tenantEvents.ref<Publisher<TenantEvent>>(),
    "event-management-dlq": eventManagementDlq.ref<Publisher<DeadLetterEvent>>(),
  },
});
