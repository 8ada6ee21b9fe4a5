import type { Publisher } from "encore.dev/pubsub";
import { startOutboxRelay } from "../shared/events/relay.js";
import {
  auditEvents,
  conversionEvents,
  eventManagementDlq,
  ingestedEvents,
  notificationEvents,
  projectEvents,
  schemaEvents,
  tenantEvents,
} from "../shared/events/topics.js";
import type {
  AuditEvent,
  ConversionEvent,
  DeadLetterEvent,
  IngestedEvent,
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
    "ingested-events": ingestedEvents.ref<Publisher<IngestedEvent>>(),
    "event-management-dlq": eventManagementDlq.ref<Publisher<DeadLetterEvent>>(),
  },
});
