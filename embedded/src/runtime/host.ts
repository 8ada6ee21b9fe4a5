import { readFileSync } from "node:fs";
import type { AppModel } from "../model/app-model.js";
import type { HostConfig } from "./host-config.js";

/** What this thread knows of its process and of the app it runs. */
export interface Host {
  config: HostConfig;
  model: AppModel;
}

let current: Host | undefined;

/**
 * The configuration and model of this process, read once per thread from the
 * file that `AXION_HOST_CONFIG` names. Synchronous, since the SDK builds its
 * resources while the app's modules load.
 */
export function host(): Host {
  if (current) return current;
  const file = process.env.AXION_HOST_CONFIG;
  if (!file) {
    throw new Error(
      "AXION_HOST_CONFIG is not set: start the app with `axion start`, or its tests with `axion test`",
    );
  }
  const config = JSON.parse(readFileSync(file, "utf8")) as HostConfig;
  const model = JSON.parse(readFileSync(config.modelFile, "utf8")) as AppModel;
  current = { config, model };
  return current;
}

/** Replaces what `host()` answers, for tests of single parts. */
export function setHost(next: Host | undefined): void {
  current = next;
}
