import type { Publisher } from "encore.dev/pubsub";
import { startOutboxRelay } from "../shared/events/relay.js";
import { eventManagementDlq, notificationEvents, tenantEvents } from "../shared/events/topics.js";
import type { DeadLetterEvent, NotificationEvent, TenantEvent } from "../shared/events/types.js";
import { connectionString } from "./db.js";

startOutboxRelay({
  connectionString,
  publishers: {
    "notification-events": notificationEvents.ref<Publisher<NotificationEvent>>(),
    "tenant-events": tenantEvents.ref<Publisher<TenantEvent>>(),
    "event-management-dlq": eventManagementDlq.ref<Publisher<DeadLetterEvent>>(),
  },
});
