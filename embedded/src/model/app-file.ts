import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { AppModel, CorsConfig } from "./app-model.js";
import type { Diagnostics } from "./diagnostics.js";
import { stripJsonComments } from "./source/json-with-comments.js";

/** Reads `encore.app`: JSON with comments and trailing commas. */
export function readAppFile(root: string, diagnostics: Diagnostics): AppModel["app"] {
  const empty = { id: "", workerPooling: false, experiments: [] };
  let value: unknown;
  try {
    const text = stripJsonComments(readFileSync(join(root, "encore.app"), "utf8"));
    value = JSON.parse(text.replace(/("(?:\\.|[^"\\])*")|,(\s*[}\]])/g, "$1$2"));
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    diagnostics.error(
      { file: "encore.app", line: 1, column: 1 },
      {
        code: missing ? "app-file-missing" : "app-file-invalid",
        message: missing ? "There is no encore.app here." : `encore.app cannot be read: ${String(error)}`,
        fix: missing
          ? 'Create it in the root of the app: `{ "id": "", "lang": "typescript" }`.'
          : "Correct its JSON.",
      },
    );
    return empty;
  }
  const file = record(value);
  const cors = readCors(file.global_cors);
  return {
    id: typeof file.id === "string" ? file.id : "",
    workerPooling: record(file.build).worker_pooling === true,
    experiments: strings(file.experiments) ?? [],
    ...(cors && { cors }),
  };
}

function readCors(value: unknown): CorsConfig | undefined {
  if (value === undefined) return undefined;
  const cors = record(value);
  const lists = {
    allowHeaders: strings(cors.allow_headers),
    exposeHeaders: strings(cors.expose_headers),
    allowOriginsWithoutCredentials: strings(cors.allow_origins_without_credentials),
    allowOriginsWithCredentials: strings(cors.allow_origins_with_credentials),
  };
  const given = Object.fromEntries(Object.entries(lists).filter(([, list]) => list !== undefined));
  return { ...(cors.debug === true && { debug: true }), ...given };
}

function strings(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.filter((v) => typeof v === "string") : undefined;
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
