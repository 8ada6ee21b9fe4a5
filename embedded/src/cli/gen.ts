import { readFileSync } from "node:fs";
import path from "node:path";
import type { ApiFilter } from "../generate/api-selection.js";
import { typescriptClient } from "../generate/client/typescript-client.js";
import { openApiDocument } from "../generate/openapi/openapi-document.js";
import { writeIfChanged } from "../generate/write-files.js";
import type { AppModel } from "../model/app-model.js";
import { findAppRoot } from "./app-root.js";
import type { CommandInput, Options } from "./command.js";
import { selectHosted } from "./hosted.js";
import { loadValidApp } from "./prepare-app.js";
import { usageError } from "./user-error.js";

type Language = "typescript" | "openapi";

/** `axion gen client`: a typed client or an API description, from the model alone. */
export async function gen({ options, positionals }: CommandInput): Promise<void> {
  if (positionals[0] !== "client")
    throw usageError(
      "axion gen needs to know what to generate",
      "Usage: axion gen client --lang LANG --output FILE",
    );
  const output = options.string("output");
  if (output === undefined)
    throw usageError("--output is missing", "Name a file, or - for standard output: --output FILE");
  const language = languageOf(options.string("lang"), output);
  const dates = options.string("dates") ?? "string";
  if (dates !== "string" && dates !== "date") throw usageError(`--dates is string or date, not "${dates}"`);
  const appDir = findAppRoot(options.string("app"));
  const { model } = await loadValidApp(appDir);
  const filter = filterOf(model, options);
  const text =
    language === "typescript"
      ? typescriptClient(model, { filter, dates })
      : openApiText(model, filter, appDir, options.string("server"));
  if (output === "-") process.stdout.write(text);
  else writeIfChanged(path.resolve(output), text);
}

function languageOf(given: string | undefined, output: string): Language {
  if (given === "typescript" || given === "openapi") return given;
  if (given !== undefined) throw usageError(`--lang is typescript or openapi, not "${given}"`);
  if (output.endsWith(".ts")) return "typescript";
  if (output.endsWith(".json")) return "openapi";
  throw usageError(
    "--lang is missing",
    "It is typescript or openapi; a file name ending in .ts or .json tells it, too",
  );
}

function filterOf(model: AppModel, options: Options): ApiFilter {
  const services = options.list("services");
  const excludedServices = options.list("exclude");
  const tags = options.list("tags");
  const excludedTags = options.list("exclude-tags");
  selectHosted(model, { services: [...(services ?? []), ...(excludedServices ?? [])] });
  return {
    ...(services ? { services } : {}),
    ...(excludedServices ? { excludedServices } : {}),
    ...(tags ? { tags } : {}),
    ...(excludedTags ? { excludedTags } : {}),
  };
}

function openApiText(
  model: AppModel,
  filter: ApiFilter,
  appDir: string,
  serverUrl = "http://localhost:4000",
): string {
  const { name, version } = packageOf(appDir);
  const { document, omitted } = openApiDocument(model, { filter, title: name, version, serverUrl });
  for (const reason of omitted) process.stderr.write(`warning: left out ${reason}\n`);
  return `${JSON.stringify(document, null, 2)}\n`;
}

function packageOf(appDir: string): { name: string; version: string } {
  const json = JSON.parse(readFileSync(path.join(appDir, "package.json"), "utf8")) as {
    name?: string;
    version?: string;
  };
  return { name: json.name ?? path.basename(appDir), version: json.version ?? "0.0.0" };
}
