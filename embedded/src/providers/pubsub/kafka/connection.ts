import { isIP } from "node:net";
import type { BaseOptions } from "@platformatic/kafka";
import type { KafkaConfig } from "../../../runtime/host-config.js";
import { tlsOptions } from "../../../runtime/tls-options.js";

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
    ...(config.tls ? { tls: tlsOptions(config.tls), tlsServerName: named(config.brokers) } : {}),
    ...(config.sasl ? { sasl: config.sasl } : {}),
  };
}

/** Whether the brokers have names: TLS tells the server which one is meant, and an address may not be told (RFC 6066). */
function named(brokers: string[]): boolean {
  return brokers.every((broker) => isIP(broker.slice(0, broker.lastIndexOf(":"))) === 0);
}
