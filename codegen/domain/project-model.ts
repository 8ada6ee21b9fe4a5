import { APIError } from "encore.dev/api";
import { checkModel } from "../generator/model/check-model.js";
import type { ProjectModel } from "../generator/model/schema.js";

/** Checks a project model; throws `invalidArgument` with all problems, their paths and fixes in the details. */
export function parseProjectModel(given: unknown): ProjectModel {
  const { model, diagnostics } = checkModel(given);
  if (model !== undefined) return model;
  const problems = diagnostics.filter((diagnostic) => diagnostic.severity === "error");
  const [first] = problems;
  throw APIError.invalidArgument(
    `${first!.path}: ${first!.message}${problems.length > 1 ? ` (and ${problems.length - 1} more)` : ""}`,
  ).withDetails({ reason: "invalid_project_model", problems: problems.map((problem) => ({ ...problem })) });
}
