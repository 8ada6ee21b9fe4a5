import { APIError } from "encore.dev/api";
import type { JsonValue } from "../../shared/json.js";
import { breakingChanges } from "../generator/model/breaking-changes.js";
import { checkModel } from "../generator/model/check-model.js";
import { mermaid, projectGraph } from "../generator/model/graph.js";
import { type ProjectModel, projectModelSchema } from "../generator/model/schema.js";
import type { BreakingModelChange, CheckProjectModelResponse, ProjectGraphResponse } from "../types.js";

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

/** A checked model as it is kept, its defaults filled in. */
export function storedModel(given: unknown): JsonValue {
  return JSON.parse(JSON.stringify(parseProjectModel(given))) as JsonValue;
}

/** A model that was kept, which was checked when it was saved. */
export function readStoredModel(stored: JsonValue): ProjectModel {
  return projectModelSchema.parse(stored);
}

/** What a new version of a model breaks for those who call and consume. */
export function modelBreaks(before: JsonValue, after: JsonValue): BreakingModelChange[] {
  return breakingChanges(readStoredModel(before), readStoredModel(after));
}

/** What is wrong with a project model, without saving it. */
export function checkProjectModel(given: unknown): CheckProjectModelResponse {
  const { model, diagnostics } = checkModel(given);
  return { valid: model !== undefined, problems: diagnostics };
}

/** Who calls whom in a project, and which events go where. */
export function graphOfModel(stored: JsonValue): ProjectGraphResponse {
  const graph = projectGraph(readStoredModel(stored));
  return { ...graph, mermaid: mermaid(graph) };
}
