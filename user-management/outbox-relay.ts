import type { Publisher } from "encore.dev/pubsub";
import { startOutboxRelay } from "../shared/events/relay.js";
import { auditEvents, notificationEvents } from "../shared/events/topics.js";
import type { AuditEvent, NotificationEvent } from "../shared/events/types.js";
import { connectionString } from "./db.js";

startOutboxRelay({
  connectionString,
  publishers: {
    "audit-events": auditEvents.ref<Publisher<AuditEvent>>(),
    "notification-events": notificationEvents.ref<Publisher<NotificationEvent>>(),
  },
});
