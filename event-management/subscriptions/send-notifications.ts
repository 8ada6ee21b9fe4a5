import { Subscription } from "encore.dev/pubsub";
import {
  conversionEvents,
  ingestedEvents,
  notificationEvents,
  projectEvents,
  schemaEvents,
  tenantEvents,
} from "../../shared/events/topics.js";
import { consume } from "../consume.js";
import { sendNotifications } from "../notifications/send-notifications.js";

const subscription = "send-notifications";

/** Conversion events → people and webhooks, as settings have it. */
const _conversion = new Subscription(conversionEvents, "send-notifications", {
  maxConcurrency: 4,
  handler: consume({ topic: "conversion-events", subscription, handles: "every" }, sendNotifications),
});

/** Schema events → people and webhooks. */
const _schema = new Subscription(schemaEvents, "send-notifications", {
  maxConcurrency: 4,
  handler: consume({ topic: "schema-events", subscription, handles: "every" }, sendNotifications),
});

/** Project events → people and webhooks. */
const _project = new Subscription(projectEvents, "send-notifications", {
  maxConcurrency: 4,
  handler: consume({ topic: "project-events", subscription, handles: "every" }, sendNotifications),
});

/** Tenant events → people and webhooks. */
const _tenant = new Subscription(tenantEvents, "send-notifications", {
  maxConcurrency: 4,
  handler: consume({ topic: "tenant-events", subscription, handles: "every" }, sendNotifications),
});

/** Ingested events → people and webhooks. */
const _ingested = new Subscription(ingestedEvents, "send-notifications", {
  maxConcurrency: 4,
  handler: consume({ topic: "ingested-events", subscription, handles: "every" }, sendNotifications),
});

/** Requested notifications and disabled webhooks → people and webhooks. */
const _notification = new Subscription(notificationEvents, "send-notifications", {
  maxConcurrency: 4,
  handler: consume({ topic: "notification-events", subscription, handles: "every" }, sendNotifications),
});
