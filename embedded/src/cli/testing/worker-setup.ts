import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import nodeModule from "node:module";
import { threadId } from "node:worker_threads";
import type { AppModel } from "../../model/app-model.js";
import { planTestDatabases } from "../../providers/postgres/index.js";
import { preparePubSub } from "../../providers/pubsub/index.js";
import { writeRunFile } from "../run-files.js";
import type { TestPlan } from "./test-plan.js";

/** Where the modules of the SDK below find the function that copies the databases. */
const CREATE = Symbol.for("axion.create-test-databases");
/** Modules of `encore.dev` through which tests reach a database. */
const NEEDS_DATABASES = /\/encore\.dev\/dist\/(?:storage\/sqldb|pubsub)\/mod\.js$/;

/**
 * Gives this worker a configuration with databases of its own. They are copied
 * when a test first imports what can reach them: tests of pure code do not wait for that.
 */
export async function setUpTestWorker(planFile: string): Promise<void> {
  const { config, templates, queue, sdk } = JSON.parse(readFileSync(planFile, "utf8")) as TestPlan;
  const kafka =
    config.pubsub.provider === "kafka" ? { ...config.pubsub, prefix: `${randomUUID()}-` } : undefined;
  const databases = templates && planTestDatabases(templates, (line) => process.stderr.write(`${line}\n`));
  process.env.AXION_HOST_CONFIG = writeRunFile(config.appDir, `host-${process.pid}-${threadId}`, {
    ...config,
    databases: { ...config.databases, ...databases?.databases },
    ...(queue && databases
      ? { pubsub: { provider: "postgres", connectionString: databases.databases[queue]!.connectionString } }
      : {}),
    ...(kafka && { pubsub: kafka }),
  });
  const canHook = typeof nodeModule.registerHooks === "function";
  if (sdk && canHook) replaceSdk(sdk);
  if (!databases) return;
  let creating: Promise<void> | undefined;
  const create = () =>
    (creating ??= (async () => {
      if (kafka) await preparePubSub(kafka, JSON.parse(readFileSync(config.modelFile, "utf8")) as AppModel);
      await databases.create();
    })());
  // Older Nodes cannot hook into loading from here: there every test file pays for its databases.
  if (!canHook) return create();
  (globalThis as { [CREATE]?: () => Promise<void> })[CREATE] = create;
  nodeModule.registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!NEEDS_DATABASES.test(url) || !loaded.source) return loaded;
      const source =
        typeof loaded.source === "string" ? loaded.source : new TextDecoder().decode(loaded.source);
      return { ...loaded, source: `await globalThis[Symbol.for("axion.create-test-databases")]();${source}` };
    },
  });
}

/** Has the host's copy of the SDK stand in for the app's older one. */
function replaceSdk({ from, to }: NonNullable<TestPlan["sdk"]>): void {
  nodeModule.registerHooks({
    resolve(specifier, context, nextResolve) {
      const resolved = nextResolve(specifier, context);
      return resolved.url.startsWith(from)
        ? { ...resolved, url: to + resolved.url.slice(from.length) }
        : resolved;
    },
  });
}
