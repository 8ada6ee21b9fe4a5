import type { AppModel } from "../../model/app-model.js";
import type { PubSubConfig } from "../../runtime/host-config.js";
import { KafkaPubSub } from "./kafka/kafka-provider.js";
import { prepareKafka } from "./kafka/prepare.js";
import { PostgresPubSub } from "./postgres/postgres-provider.js";
import { preparePubSub as prepareQueue } from "./postgres/prepare.js";
import type { ProviderLog, PubSubProvider } from "./provider.js";

/** The Pub/Sub provider that the configuration names. */
export function createPubSub(config: PubSubConfig, log: ProviderLog): PubSubProvider {
  if (config.provider === "kafka") return new KafkaPubSub(config, log);
  return new PostgresPubSub(config.connectionString, log);
}

/** Brings the broker up to the app's topics and subscriptions. */
export async function preparePubSub(config: PubSubConfig, model: AppModel): Promise<void> {
  if (config.provider === "kafka") await prepareKafka(config, model);
  else if (config.connectionString !== "") await prepareQueue(config.connectionString, model);
}
