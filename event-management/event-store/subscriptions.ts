import { Subscription } from "encore.dev/pubsub";
import { withDeadLetter } from "../../shared/events/dead-letters.js";
import { addToOutbox, type TopicName } from "../../shared/events/outbox.js";
import {
  auditEvents,
  conversionEvents,
  notificationEvents,
  projectEvents,
  schemaEvents,
  tenantEvents,
} from "../../shared/events/topics.js";
import type { DeadLetterEvent, Envelope } from "../../shared/events/types.js";
import { db } from "../db.js";
import { keep } from "./keep.js";

const publishDeadLetter = (deadLetter: DeadLetterEvent): Promise<void> =>
  db.transaction((tx) => addToOutbox(tx, "event-management-dlq", deadLetter));

const keeping = (topic: TopicName) =>
  withDeadLetter(
    { service: "event-management", topic, subscription: "keep-events", publishDeadLetter },
    (event: Envelope) => keep(topic, event),
  );

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
