import { Topic } from "encore.dev/pubsub";
import type {
  AuditEvent,
  ConversionEvent,
  DeadLetterEvent,
  EventMessage,
  IngestedEvent,
  NotificationEvent,
  ProjectEvent,
  SchemaEvent,
  TenantEvent,
} from "./types.js";

/**
 * Topic name → what is published on it: the entry of a topic beside its declaration. The declarations say
 * `EventMessage`, so that an event whose type or version is not known here reaches its consumers, which tell it apart.
 */
export interface TopicMessages {
  "conversion-events": ConversionEvent;
  "schema-events": SchemaEvent;
  "audit-events": AuditEvent;
  "notification-events": NotificationEvent;
  "project-events": ProjectEvent;
  "tenant-events": TenantEvent;
  "ingested-events": IngestedEvent;
  "api-gateway-dlq": DeadLetterEvent;
  "tenant-management-dlq": DeadLetterEvent;
  "user-management-dlq": DeadLetterEvent;
  "data-processing-dlq": DeadLetterEvent;
  "event-management-dlq": DeadLetterEvent;
  "codegen-dlq": DeadLetterEvent;
}

export type TopicName = keyof TopicMessages;

/** Rules, conversions and jobs. Ordered per tenant and record. */
export const conversionEvents = new Topic<EventMessage>("conversion-events", {
  deliveryGuarantee: "at-least-once",
  orderingAttribute: "orderingKey",
});

/** Schemas as they are discovered. Ordered per tenant and entity. */
export const schemaEvents = new Topic<EventMessage>("schema-events", {
  deliveryGuarantee: "at-least-once",
  orderingAttribute: "orderingKey",
});

/** What services report for the audit log. Ordered per tenant. */
export const auditEvents = new Topic<EventMessage>("audit-events", {
  deliveryGuarantee: "at-least-once",
  orderingAttribute: "orderingKey",
});

/** Notifications as they are stored. Ordered per tenant. */
export const notificationEvents = new Topic<EventMessage>("notification-events", {
  deliveryGuarantee: "at-least-once",
  orderingAttribute: "orderingKey",
});

/** Projects of the code generator. Ordered per project. */
export const projectEvents = new Topic<EventMessage>("project-events", {
  deliveryGuarantee: "at-least-once",
  orderingAttribute: "orderingKey",
});

/** Tenants, their settings and their end. Ordered per tenant. */
export const tenantEvents = new Topic<EventMessage>("tenant-events", {
  deliveryGuarantee: "at-least-once",
  orderingAttribute: "orderingKey",
});

/** CloudEvents from outside, as they are accepted. Ordered per tenant and source. */
export const ingestedEvents = new Topic<EventMessage>("ingested-events", {
  deliveryGuarantee: "at-least-once",
  orderingAttribute: "orderingKey",
});

/** Events that the gateway could not handle. */
export const apiGatewayDlq = new Topic<EventMessage>("api-gateway-dlq", {
  deliveryGuarantee: "at-least-once",
  orderingAttribute: "orderingKey",
});

/** Events that tenant-management could not handle. */
export const tenantManagementDlq = new Topic<EventMessage>("tenant-management-dlq", {
  deliveryGuarantee: "at-least-once",
  orderingAttribute: "orderingKey",
});

/** Events that user-management could not handle. */
export const userManagementDlq = new Topic<EventMessage>("user-management-dlq", {
  deliveryGuarantee: "at-least-once",
  orderingAttribute: "orderingKey",
});

/** Events that data-processing could not handle. */
export const dataProcessingDlq = new Topic<EventMessage>("data-processing-dlq", {
  deliveryGuarantee: "at-least-once",
  orderingAttribute: "orderingKey",
});

/** Events that event-management could not handle. */
export const eventManagementDlq = new Topic<EventMessage>("event-management-dlq", {
  deliveryGuarantee: "at-least-once",
  orderingAttribute: "orderingKey",
});

/** Events that codegen could not handle. */
export const codegenDlq = new Topic<EventMessage>("codegen-dlq", {
  deliveryGuarantee: "at-least-once",
  orderingAttribute: "orderingKey",
});
