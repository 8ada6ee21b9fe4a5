import nodeModule from "node:module";
import { pathToFileURL } from "node:url";
import type { HostConfig } from "../runtime/host-config.js";
import { setHostHooks } from "../runtime/host-hooks.js";
import { runtimeLibrary } from "./host-files.js";
import { listenError } from "./listen-error.js";
import { reportFailure } from "./report-failure.js";
import { writeRunFile } from "./run-files.js";
import type { Timing } from "./timing.js";

export interface RunRequest {
  config: HostConfig;
  bundleFile: string;
  timing: Timing;
  /** The server accepts requests. */
  onReady: (server: { host: string; port: number }) => void;
  /** Everything has drained; the process is about to exit. */
  release: () => Promise<void>;
}

/** Runs the app in this process. Resolves only when the app's entry point does, which is at its end. */
export async function runApp(request: RunRequest): Promise<void> {
  const { config, bundleFile, timing } = request;
  const configFile = writeRunFile(config.appDir, `host-${process.pid}`, config);
  const loaded = timing.begin("load the app");
  setHostHooks({
    ready(server) {
      loaded();
      request.onReady(server);
    },
    stopped: request.release,
    async failed(error) {
      reportFailure(listenError(error, config.http));
      await request.release().catch(reportFailure);
      process.exit(1);
    },
  });
  process.env.AXION_HOST_CONFIG = configFile;
  process.env.ENCORE_RUNTIME_LIB = runtimeLibrary();
  process.env.NODE_ENV ??= config.mode;
  process.chdir(config.appDir);
  // Stack traces show the app's TypeScript; packages are left as they are, since reading their maps costs time.
  nodeModule.setSourceMapsSupport(true, { nodeModules: false, generatedCode: false });
  await import(pathToFileURL(bundleFile).href);
}
