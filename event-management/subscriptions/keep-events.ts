import { Subscription } from "encore.dev/pubsub";
import {
  auditEvents,
  conversionEvents,
  ingestedEvents,
  notificationEvents,
  projectEvents,
  schemaEvents,
  type TopicName,
  tenantEvents,
} from "../../shared/events/topics.js";
import { consume } from "../consume.js";
import { keep } from "../event-store/keep.js";

/** Every event of every topic → the event store. Dead letters are kept where they are handled. */
const keeping = (topic: TopicName) =>
  consume({ topic, subscription: "keep-events", handles: "anything" }, (event) => keep(topic, event));

const _conversionEvents = new Subscription(conversionEvents, "keep-events", {
  maxConcurrency: 32,
  handler: keeping("conversion-events"),
});

const _schemaEvents = new Subscription(schemaEvents, "keep-events", {
  maxConcurrency: 8,
  handler: keeping("schema-events"),
});

const _auditEvents = new Subscription(auditEvents, "keep-events", {
  maxConcurrency: 32,
  handler: keeping("audit-events"),
});

const _notificationEvents = new Subscription(notificationEvents, "keep-events", {
  maxConcurrency: 32,
  handler: keeping("notification-events"),
});

const _projectEvents = new Subscription(projectEvents, "keep-events", {
  maxConcurrency: 8,
  handler: keeping("project-events"),
});

const _tenantEvents = new Subscription(tenantEvents, "keep-events", {
  maxConcurrency: 8,
  handler: keeping("tenant-events"),
});

const _ingestedEvents = new Subscription(ingestedEvents, "keep-events", {
  maxConcurrency: 32,
  handler: keeping("ingested-events"),
});
