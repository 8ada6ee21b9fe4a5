import { APIError } from "encore.dev/api";
import { checkModel } from "../generator/model/check-model.js";
import { mermaid, projectGraph } from "../generator/model/graph.js";
import type { ProjectModel } from "../generator/model/schema.js";
import type { CheckProjectModelResponse, ProjectGraphResponse } from "../types.js";

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

/** What is wrong with a project model, without saving it. */
export function checkProjectModel(given: unknown): CheckProjectModelResponse {
  const { model, diagnostics } = checkModel(given);
  return { valid: model !== undefined, problems: diagnostics };
}

/** Who calls whom in a project, and which events go where. */
export function graphOfModel(given: unknown): ProjectGraphResponse {
  const graph = projectGraph(parseProjectModel(given));
  return { ...graph, mermaid: mermaid(graph) };
}
