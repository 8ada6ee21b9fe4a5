import { writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Writes what a process needs to import modules of the app outside of a started one: the configuration of a host
 * without services, databases or topics. Answers with the environment that names it.
 */
export function emptyHost(root: string, folder: string): NodeJS.ProcessEnv {
  const modelFile = join(folder, "model.json");
  const configFile = join(folder, "host.json");
  writeFileSync(modelFile, JSON.stringify({ services: [], topics: [], databases: [] }));
  writeFileSync(
    configFile,
    JSON.stringify({
      appDir: folder,
      modelFile,
      mode: "test",
      http: { host: "127.0.0.1", port: 0 },
      hosted: { services: [], gateway: false },
      discovery: {},
      databases: {},
      pubsub: { provider: "postgres", connectionString: "" },
      objects: {},
      caches: {},
      secrets: {},
      cors: {},
      meta: {},
      logs: { format: "text", level: "warn" },
      metrics: { enabled: false },
      workerThreads: 1,
      shutdown: { totalMs: 1_000, forceCloseMs: 1_000, handlersMs: 1_000 },
      cron: false,
    }),
  );
  return { AXION_HOST_CONFIG: configFile, ENCORE_RUNTIME_LIB: join(root, "embedded/dist/runtime.cjs") };
}
