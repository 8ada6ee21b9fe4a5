import type { Publisher } from "encore.dev/pubsub";
import { startOutboxRelay } from "../shared/events/relay.js";
import { eventManagementDlq, notificationEvents } from "../shared/events/topics.js";
import type { DeadLetterEvent, NotificationEvent } from "../shared/events/types.js";
import { connectionString } from "./db.js";

startOutboxRelay({
  connectionString,
  publishers: {
    "notification-events": notificationEvents.ref<Publisher<NotificationEvent>>(),
    "event-management-dlq": eventManagementDlq.ref<Publisher<DeadLetterEvent>>(),
  },
});
