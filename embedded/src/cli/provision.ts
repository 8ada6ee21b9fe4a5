import type { AppModel } from "../model/app-model.js";
import type { PostgresServer } from "../providers/postgres/index.js";
import { preparePubSub } from "../providers/pubsub/index.js";
import type { HostConfig } from "../runtime/host-config.js";
import { provisionDatabases, type ResolvedConfig } from "./config/index.js";

/** Brings up what the app stands on: databases with their migrations, and the queue of its topics. */
export async function provision(options: {
  resolved: ResolvedConfig;
  model: AppModel;
  /** The embedded server, where it was started before the app was read. */
  starting: Promise<PostgresServer> | undefined;
  log: (line: string) => void;
}): Promise<{ config: HostConfig; server?: PostgresServer }> {
  const { resolved, model, starting, log } = options;
  const provisioned = await provisionDatabases({
    config: resolved.config,
    plan: resolved.databases,
    model,
    log,
    ...(starting ? { starting } : {}),
  });
  await preparePubSub(provisioned.config.pubsub, model);
  return provisioned;
}
