import type { PubSubConfig } from "../../runtime/host-config.js";
import { PostgresPubSub } from "./postgres/postgres-provider.js";
import type { ProviderLog, PubSubProvider } from "./provider.js";

export { preparePubSub } from "./postgres/prepare.js";

/** The Pub/Sub provider that the configuration names. */
export function createPubSub(config: PubSubConfig, log: ProviderLog): PubSubProvider {
  if (config.provider === "postgres") return new PostgresPubSub(config.connectionString, log);
  throw new Error(`Pub/Sub provider "${config.provider}" is not available in this version of the host`);
}
