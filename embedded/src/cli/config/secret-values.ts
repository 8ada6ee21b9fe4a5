import type { AppModel } from "../../model/app-model.js";
import { readLocalSecrets } from "./local-secrets.js";
import type { Settings } from "./settings.js";

/**
 * The app's secrets that are set: from the configuration file, else from an
 * environment variable of the same name, else from `.secrets.local.cue`. One
 * that is not set stays unset.
 */
export function secretValues(options: {
  appDir: string;
  model: AppModel;
  settings: Settings;
  problems: string[];
}): Record<string, string> {
  const { appDir, model, settings, problems } = options;
  const configured = configuredSecrets(settings, problems);
  const local = readLocalSecrets(appDir);
  const values: Record<string, string> = {};
  for (const { name } of model.secrets) {
    const value = configured[name] ?? settings.env[name] ?? local[name];
    if (value !== undefined) values[name] = value;
  }
  return values;
}

function configuredSecrets(settings: Settings, problems: string[]): Record<string, string> {
  const { secrets } = settings.infra;
  if (secrets === undefined || typeof secrets.$env !== "string") return secrets ?? {};
  const text = settings.env[secrets.$env];
  if (text === undefined) {
    problems.push(`secrets: the environment variable ${secrets.$env} is not set`);
    return {};
  }
  try {
    const values: unknown = JSON.parse(text);
    if (
      typeof values === "object" &&
      values !== null &&
      Object.values(values).every((value) => typeof value === "string")
    ) {
      return values as Record<string, string>;
    }
  } catch {
    // reported below: the message of JSON.parse would quote the secrets
  }
  problems.push(`secrets: the environment variable ${secrets.$env} is not a JSON object of texts`);
  return {};
}
