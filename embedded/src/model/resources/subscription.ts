import { ts } from "../typescript.js";
import { addBind, docOf } from "./bind.js";
import { duration, expression, objectOf, Unreadable, uint32 } from "./literals.js";
import { readMade } from "./named-class.js";
import type { Pass } from "./resource.js";

const SECOND = 1000;
const DAY = 86_400_000;

const config = objectOf(
  {
    handler: expression,
    maxConcurrency: uint32,
    ackDeadline: duration,
    messageRetention: duration,
    retryPolicy: objectOf({ minBackoff: duration, maxBackoff: duration, maxRetries: uint32 }),
  },
  ["handler"],
);

/** Reads `new Subscription(topic, "name", { handler, … })`. */
export function readSubscriptions(pass: Pass): void {
  const { module, resolver } = pass;
  const layout = { classes: ["Subscription"], config, nameAt: 1, configAt: 2, required: true };
  readMade(pass, "encore.dev/pubsub", layout, ({ node, binding, name, config: options }) => {
    const topicNode = node.arguments?.[0];
    if (!topicNode || ts.isSpreadElement(topicNode)) {
      throw new Unreadable(topicNode ?? node, {
        code: "subscription-topic",
        message: "The first argument must be the topic.",
        fix: "Write `new Subscription(topic, …)`.",
      });
    }
    const declaration = resolver.resolveReference(module, topicNode);
    if (!declaration) {
      throw new Unreadable(topicNode, {
        code: "subscription-topic",
        message: "The topic of the subscription cannot be found.",
        fix: "Name the variable that holds the topic, or import it.",
      });
    }
    const retry = options?.retryPolicy ?? {};
    addBind(pass, node, binding, {
      kind: "subscription",
      name,
      module,
      node,
      ...docOf(pass, node),
      topic: { declaration, node: topicNode },
      options: {
        ackDeadlineMs: options?.ackDeadline ?? 30 * SECOND,
        messageRetentionMs: options?.messageRetention ?? 7 * DAY,
        ...(options?.maxConcurrency !== undefined && { maxConcurrency: options.maxConcurrency }),
        retry: {
          minBackoffMs: retry.minBackoff ?? 10 * SECOND,
          maxBackoffMs: retry.maxBackoff ?? 600 * SECOND,
          maxRetries: retry.maxRetries ?? 100,
        },
      },
    });
  });
}
