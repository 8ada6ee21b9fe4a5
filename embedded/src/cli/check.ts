import { writeEncoreGen } from "../generate/encore-gen.js";
import { loadApp } from "../model/load-app.js";
import { findAppRoot } from "./app-root.js";
import type { CommandInput } from "./command.js";
import { formatDiagnostics } from "./report-diagnostics.js";

/** `axion check`: every problem of the app; exit code 1 when there is an error. */
export async function check({ options }: CommandInput): Promise<void> {
  const appDir = findAppRoot(options.string("app"));
  const { model, diagnostics } = await loadApp({ appDir });
  if (model && options.flag("generate")) writeEncoreGen(appDir, model);
  if (options.flag("json")) process.stdout.write(`${JSON.stringify(diagnostics, null, 2)}\n`);
  else if (diagnostics.length > 0) process.stderr.write(`${formatDiagnostics(diagnostics, appDir)}\n`);
  else if (model) process.stdout.write(`${summary(model.services.length, model.endpoints.length)}\n`);
  if (diagnostics.some((diagnostic) => diagnostic.severity === "error")) process.exitCode = 1;
}

function summary(services: number, endpoints: number): string {
  return `no problems: ${services} service${services === 1 ? "" : "s"}, ${endpoints} endpoint${endpoints === 1 ? "" : "s"}`;
}
