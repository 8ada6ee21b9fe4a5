import { Subscription } from "encore.dev/pubsub";
import {
  apiGatewayDlq,
  codegenDlq,
  dataProcessingDlq,
  eventManagementDlq,
  tenantManagementDlq,
  userManagementDlq,
} from "../../shared/events/topics.js";
import { receiveDeadLetter } from "../dead-letters/receive-dead-letter.js";

// What fails here is left to the broker, which delivers again: a dead letter of a dead letter would help nobody.

const _apiGateway = new Subscription(apiGatewayDlq, "keep-dead-letters", {
  handler: receiveDeadLetter("api-gateway-dlq"),
});

const _codegen = new Subscription(codegenDlq, "keep-dead-letters", {
  handler: receiveDeadLetter("codegen-dlq"),
});

const _dataProcessing = new Subscription(dataProcessingDlq, "keep-dead-letters", {
  handler: receiveDeadLetter("data-processing-dlq"),
});

const _eventManagement = new Subscription(eventManagementDlq, "keep-dead-letters", {
  handler: receiveDeadLetter("event-management-dlq"),
});

const _tenantManagement = new Subscription(tenantManagementDlq, "keep-dead-letters", {
  handler: receiveDeadLetter("tenant-management-dlq"),
});

const _userManagement = new Subscription(userManagementDlq, "keep-dead-letters", {
  handler: receiveDeadLetter("user-management-dlq"),
});
