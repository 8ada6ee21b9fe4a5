import { createHash } from "node:crypto";
import path from "node:path";
import { bundleApp } from "../generate/bundle.js";
import { writeEncoreGen } from "../generate/encore-gen.js";
import { entryPoint, type Hosted } from "../generate/entry-point.js";
import type { AppModel, Diagnostic } from "../model/app-model.js";
import { loadApp } from "../model/load-app.js";
import { InvalidAppError } from "./invalid-app.js";
import { hostSdkModule, sdkOf } from "./sdk.js";
import type { Timing } from "./timing.js";

/** An app whose model has been read. */
export interface LoadedApp {
  appDir: string;
  model: AppModel;
  /** Absolute path of the model as JSON. */
  modelFile: string;
  warnings: Diagnostic[];
}

/** Reads the app's model; refuses an app with errors. */
export async function loadValidApp(appDir: string): Promise<LoadedApp> {
  const { model, modelFile, diagnostics } = await loadApp({ appDir });
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === "error");
  // Warnings would bury what has to be mended first.
  if (errors.length > 0 || !model || !modelFile) throw new InvalidAppError(errors, appDir);
  return { appDir, model, modelFile, warnings: diagnostics };
}

/** Brings the generated code and the bundle of the hosted part up to date. */
export async function buildApp(
  app: LoadedApp,
  hosted: Hosted,
  timing: Timing,
): Promise<{ bundleFile: string; externals: string[] }> {
  const { appDir, model } = app;
  await timing.measure("encore.gen", () => writeEncoreGen(appDir, model));
  const { replacedBy } = sdkOf(appDir);
  const outDir = path.join(appDir, ".axion", "build", variantOf(model, hosted));
  const sdk = replacedBy === undefined ? {} : { sdk: { id: replacedBy, resolve: hostSdkModule } };
  const bundle = await timing.measure("bundle", () =>
    bundleApp({ appDir, entry: entryPoint(model, hosted), outDir, ...sdk }),
  );
  if (bundle.diagnostics) throw new InvalidAppError(bundle.diagnostics, appDir);
  return { bundleFile: bundle.file, externals: bundle.externals };
}

/** A folder name for a selection of services: processes with different selections do not overwrite each other's bundle. */
function variantOf(model: AppModel, hosted: Hosted): string {
  if (hosted.gateway && hosted.services.length === model.services.length) return "all";
  const selection = JSON.stringify([hosted.gateway, [...hosted.services].sort()]);
  return createHash("sha1").update(selection).digest("hex").slice(0, 12);
}
