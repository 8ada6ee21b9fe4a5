import { ensurePostgres, prepareTestTemplates } from "../../providers/postgres/index.js";
import { preparePubSub } from "../../providers/pubsub/index.js";
import { readSettings, resolveConfig } from "../config/index.js";
import { selectHosted } from "../hosted.js";
import type { LoadedApp } from "../prepare-app.js";
import { sdkOf } from "../sdk.js";
import type { TestPlan } from "./test-plan.js";

export interface TestHost {
  plan: TestPlan;
  /** Address of the administrator of the test databases; absent when there are none. */
  adminUrl: string | undefined;
  release(): Promise<void>;
}

/** Brings up what tests stand on: the configuration, and a migrated template of each database. */
export async function prepareTestHost(
  app: LoadedApp,
  configFile: string | undefined,
  log: (line: string) => void,
): Promise<TestHost> {
  const { appDir, model, modelFile } = app;
  // Every request that a test makes would be two lines.
  const settings = readSettings({
    configFile,
    env: { AXION_LOG: "warn", AXION_LOG_FORMAT: "text", ...process.env },
  });
  const { config, databases } = resolveConfig({
    appDir,
    model,
    modelFile,
    settings,
    hosted: selectHosted(model, {}),
    http: { host: "127.0.0.1", port: 0 },
    mode: "test",
  });
  const { replacement } = sdkOf(appDir);
  const sdk = replacement ? { sdk: replacement } : {};
  if (databases.managed.length === 0)
    return { plan: { config, ...sdk }, adminUrl: undefined, release: async () => {} };
  const server = databases.adminUrl === undefined ? await ensurePostgres({ appDir, log }) : undefined;
  const adminUrl = databases.adminUrl ?? server!.adminUrl;
  try {
    const templates = await prepareTestTemplates({ appDir, databases: databases.managed, adminUrl, log });
    const onPostgres = databases.queue !== undefined && config.pubsub.provider === "postgres";
    if (onPostgres)
      await preparePubSub(
        { provider: "postgres", connectionString: templates.connectionStrings[databases.queue!]! },
        model,
      );
    const plan: TestPlan = {
      config,
      templates,
      ...sdk,
      ...(onPostgres ? { queue: databases.queue! } : {}),
    };
    return { plan, adminUrl, release: async () => server?.release() };
  } catch (error) {
    await server?.release();
    throw error;
  }
}
