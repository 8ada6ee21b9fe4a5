import { readFileSync } from "node:fs";
import { z } from "zod";
import { SetupError } from "../../providers/setup-error.js";
import { type Environment, type InfraConfig, infraSchema } from "./infra-schema.js";

/** Reads an infra config file. All problems are reported together, each with its place; unknown keys are only warned of. */
export function readInfraConfig(file: string, env: Environment): { infra: InfraConfig; warnings: string[] } {
  const json = parse(file);
  const schema = infraSchema(env);
  const first = schema.safeParse(json);
  if (first.success) return { infra: first.data, warnings: [] };

  const warnings: string[] = [];
  for (const issue of first.error.issues) {
    if (issue.code !== "unrecognized_keys") continue;
    for (const key of issue.keys) {
      warnings.push(`${file}: unknown key ${place([...issue.path, key])} is ignored`);
      remove(json, issue.path, key);
    }
  }
  const second = schema.safeParse(json);
  if (second.success) return { infra: second.data, warnings };
  throw new SetupError(
    [`${file} is not a valid infra config:`, ...second.error.issues.flatMap(problems)].join("\n  - "),
    {
      fix: "the format is described at https://encore.dev/docs/ts/self-host/configure-infra",
    },
  );
}

function parse(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new SetupError(`cannot read the infra config ${file}: ${(cause as Error).message}`, { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SetupError(`${file} is not valid JSON: ${(cause as Error).message}`, { cause });
  }
}

/** A union fails as a whole: the alternative that came furthest says what is wrong. */
function problems(issue: z.core.$ZodIssue): string[] {
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const nearest = issue.errors.reduce((a, b) => (depth(b) > depth(a) ? b : a));
    return nearest.flatMap((inner) =>
      problems({ ...inner, path: [...issue.path, ...inner.path] } as z.core.$ZodIssue),
    );
  }
  return [`${place(issue.path)}: ${issue.message}`];
}

function depth(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(0, ...issues.map((issue) => issue.path.length));
}

function place(path: readonly PropertyKey[]): string {
  return z.core.toDotPath(path) || "(top level)";
}

function remove(json: unknown, path: readonly PropertyKey[], key: string): void {
  let at = json as Record<PropertyKey, unknown>;
  for (const step of path) at = at[step] as Record<PropertyKey, unknown>;
  delete at[key];
}
