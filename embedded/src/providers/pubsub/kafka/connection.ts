import type { BaseOptions } from "@platformatic/kafka";
import type { KafkaConfig } from "../../../runtime/host-config.js";

const CONNECT_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 15_000;

/** What every client of the brokers is made with. */
export function clientOptions(config: KafkaConfig): BaseOptions {
  return {
    clientId: config.clientId,
    bootstrapBrokers: config.brokers,
    connectTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    timeout: REQUEST_TIMEOUT_MS,
    retries: 3,
    retryDelay: 250,
    autocreateTopics: false,
    ...(config.tls ? { tls: {} } : {}),
    ...(config.sasl ? { sasl: config.sasl } : {}),
  };
}
