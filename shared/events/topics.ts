import { Topic } from "encore.dev/pubsub";
import type {
  AuditEvent,
  ConversionEvent,
  DeadLetterEvent,
  NotificationEvent,
  ProjectEvent,
  SchemaEvent,
  TenantEvent,
} from "./types.js";

/** Rules, conversions and jobs. Ordered per tenant and record. */
export const conversionEvents = new Topic<ConversionEvent>("conversion-events", {
  deliveryGuarantee: "at-least-once",
  orderingAttribute: "orderingKey",
});

/** Schemas as they are discovered. Ordered per tenant and entity. */
export const schemaEvents = new Topic<SchemaEvent>("schema-events", {
  deliveryGuarantee: "at-least-once",
  orderingAttribute: "orderingKey",
});

/** What services report for the audit log. Ordered per tenant. */
export const auditEvents = new Topic<AuditEvent>("audit-events", {
  deliveryGuarantee: "at-least-once",
  orderingAttribute: "orderingKey",
});

/** Notifications as they are stored. Ordered per tenant. */
export const notificationEvents = new Topic<NotificationEvent>("notification-events", {
  deliveryGuarantee: "at-least-once",
  orderingAttribute: "orderingKey",
});

/** Projects of the code generator. Ordered per project. */
export const projectEvents = new Topic<ProjectEvent>("project-events", {
  deliveryGuarantee: "at-least-once",
  orderingAttribute: "orderingKey",
});

/** Tenants, their settings and their end. Ordered per tenant. */
export const tenantEvents = new Topic<TenantEvent>("tenant-events", {
  deliveryGuarantee: "at-least-once",
  orderingAttribute: "orderingKey",
});

/** Events that the gateway could not handle. */
export const apiGatewayDlq = new Topic<DeadLetterEvent>("api-gateway-dlq", {
  deliveryGuarantee: "at-least-once",
  orderingAttribute: "orderingKey",
});

/** Events that tenant-management could not handle. */
export const tenantManagementDlq = new Topic<DeadLetterEvent>("tenant-management-dlq", {
  deliveryGuarantee: "at-least-once",
  orderingAttribute: "orderingKey",
});

/** Events that user-management could not handle. */
export const userManagementDlq = new Topic<DeadLetterEvent>("user-management-dlq", {
  deliveryGuarantee: "at-least-once",
  orderingAttribute: "orderingKey",
});

/** Events that data-processing could not handle. */
export const dataProcessingDlq = new Topic<DeadLetterEvent>("data-processing-dlq", {
  deliveryGuarantee: "at-least-once",
  orderingAttribute: "orderingKey",
});

/** Events that event-management could not handle. */
export const eventManagementDlq = new Topic<DeadLetterEvent>("event-management-dlq", {
  deliveryGuarantee: "at-least-once",
  orderingAttribute: "orderingKey",
});

/** Events that codegen could not handle. */
export const codegenDlq = new Topic<DeadLetterEvent>("codegen-dlq", {
  deliveryGuarantee: "at-least-once",
  orderingAttribute: "orderingKey",
});
