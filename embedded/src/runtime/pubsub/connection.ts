import { createPubSub } from "../../providers/pubsub/index.js";
import type { PubSubProvider } from "../../providers/pubsub/provider.js";
import { host } from "../host.js";
import { logError, warn } from "../logger.js";
import { onShutdown } from "../shutdown.js";

let provider: PubSubProvider | undefined;

/** The Pub/Sub connection of this thread, made at its first use and closed when the process ends. */
export function pubsub(): PubSubProvider {
  if (provider) return provider;
  const created = createPubSub(host().config.pubsub, (level, message, fields, error) => {
    if (level === "error") logError(message, error ?? new Error(message), fields);
    else
      warn(
        message,
        error === undefined ? fields : { ...fields, reason: String((error as Error).message ?? error) },
      );
  });
  onShutdown("close", () => created.close());
  provider = created;
  return created;
}
