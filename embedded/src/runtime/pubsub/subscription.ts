import { isMainThread } from "node:worker_threads";
import type { Subscription } from "../../model/app-model.js";
import type { Consumer, DeliveredMessage, SubscriptionOptions } from "../../providers/pubsub/provider.js";
import { host } from "../host.js";
import { warn } from "../logger.js";
import type { Request } from "../request.js";
import { onReady, onShutdown } from "../shutdown.js";
import { pubsub } from "./connection.js";
import { handleMessage } from "./handle-message.js";

/** Handlers running at once when the subscription does not say: the default of Encore's own runtime. */
const DEFAULT_CONCURRENCY = 100;
/** "No limit", which a negative `maxConcurrency` asks for. */
const UNLIMITED_CONCURRENCY = 1_000;
/** What `maxRetries: 0` means. */
const DEFAULT_MAX_RETRIES = 100;

export interface SubscriptionConfig {
  topicName: string;
  subscriptionName: string;
  handler: (request: Request) => unknown;
}

/** A subscription as the SDK sees it. */
export class PubSubSubscription {
  private subscribed = false;

  constructor(private readonly config: SubscriptionConfig) {}

  /**
   * Delivers messages to the handler once the app is up, in the process that hosts the subscription's service and
   * there on the main thread. Stays pending for as long as the process lives.
   */
  subscribe(): Promise<void> {
    if (!this.subscribed) {
      this.subscribed = true;
      this.deliver();
    }
    return new Promise(() => {});
  }

  private deliver(): void {
    const { topicName, subscriptionName, handler } = this.config;
    const { config, model } = host();
    const topic = model.topics.find((each) => each.name === topicName);
    const subscription = model.subscriptions.find(
      (each) => each.topic === topicName && each.name === subscriptionName,
    );
    if (!topic || !subscription) {
      warn("subscription is not part of the app's model: it gets no messages", {
        topic: topicName,
        subscription: subscriptionName,
      });
    } else if (
      config.hosted.services.includes(subscription.service) &&
      (isMainThread || config.mode === "test")
    ) {
      const handle = (message: DeliveredMessage): Promise<void> =>
        handleMessage(subscription, topic.message, handler, message);
      onReady(() => consume(pubsub().subscribe({ ...optionsOf(subscription), handle })));
    }
  }
}

function optionsOf(subscription: Subscription): Omit<SubscriptionOptions, "handle"> {
  const { topic, name, service, ackDeadlineMs, retry, maxConcurrency = DEFAULT_CONCURRENCY } = subscription;
  return {
    topic,
    name,
    service,
    ackDeadlineMs,
    concurrency: maxConcurrency > 0 ? maxConcurrency : UNLIMITED_CONCURRENCY,
    retry: { ...retry, maxRetries: retry.maxRetries || DEFAULT_MAX_RETRIES },
  };
}

/** Stops a consumer with the process: no new messages at first, then the running handlers are waited for. */
function consume(consumer: Consumer): void {
  let stopped: Promise<void> | undefined;
  onShutdown("stop-intake", () => {
    stopped = consumer.stop();
  });
  onShutdown("drain", () => stopped);
}

/** The subscription of that name and topic. */
export function pubsubSubscription(config: SubscriptionConfig): PubSubSubscription {
  return new PubSubSubscription(config);
}
