import type { AppModel } from "../../model/app-model.js";
import {
  ensurePostgres,
  migrateConfigured,
  type PostgresServer,
  prepareDatabases,
} from "../../providers/postgres/index.js";
import type { DatabaseConfig, HostConfig } from "../../runtime/host-config.js";
import type { DatabasePlan } from "./database-plan.js";

const NONE: Record<string, DatabaseConfig> = {};

/**
 * Brings the databases of a plan up: starts the embedded server if the plan
 * needs one (or takes the one that is already starting), makes databases and
 * roles, runs migrations. Returns the configuration with them.
 */
export async function provisionDatabases(options: {
  config: HostConfig;
  plan: DatabasePlan;
  model: AppModel;
  /** Started before the app was read, when `settings.embeddedPostgres` allowed it. */
  starting?: Promise<PostgresServer>;
  log: (line: string) => void;
}): Promise<{ config: HostConfig; server?: PostgresServer }> {
  const { config, plan, model, log } = options;
  const { appDir } = config;
  const needsEmbedded = plan.managed.length > 0 && plan.adminUrl === undefined;
  const server = await (options.starting ?? (needsEmbedded ? ensurePostgres({ appDir, log }) : undefined));
  try {
    const adminUrl = plan.adminUrl ?? server?.adminUrl;
    const [managed] = await Promise.all([
      adminUrl === undefined
        ? NONE
        : prepareDatabases({
            appDir,
            databases: plan.managed,
            adminUrl,
            nameOnServer: plan.nameOnServer,
            log,
          }),
      migrateConfigured({ appDir, databases: model.databases, connections: plan.migrations, log }),
    ]);
    const queue = plan.queue === undefined ? undefined : managed[plan.queue];
    return {
      config: {
        ...config,
        databases: { ...config.databases, ...managed },
        ...(queue === undefined ? {} : { cronDatabase: config.cronDatabase ?? queue.connectionString }),
        ...(queue === undefined || config.pubsub.provider !== "postgres"
          ? {}
          : { pubsub: { provider: "postgres", connectionString: queue.connectionString } }),
      },
      ...(server === undefined ? {} : { server }),
    };
  } catch (error) {
    await server?.release();
    throw error;
  }
}
