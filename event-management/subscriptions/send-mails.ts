import { Subscription } from "encore.dev/pubsub";
import { notificationEvents } from "../../shared/events/topics.js";
import { consume } from "../consume.js";
import { sendRequestedMail } from "../notifications/mail/send-mails.js";

/** Requests for mails → mails that are sent, or kept where no mail server is configured. */
const _ = new Subscription(notificationEvents, "send-mails", {
  maxConcurrency: 4,
  handler: consume(
    { topic: "notification-events", subscription: "send-mails", handles: { "mail-requested": 1 } },
    sendRequestedMail,
  ),
});
