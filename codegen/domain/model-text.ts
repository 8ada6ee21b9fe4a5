import { APIError } from "encore.dev/api";
import { parseModelText } from "../generator/model/model-text.js";

/** A project model as a request brings it: as JSON, or as text in JSON or YAML. */
export interface GivenModel {
  model?: unknown;
  modelText?: string;
}

/**
 * The model that a request brings; undefined where it brings none. Throws `invalidArgument` where it brings two, or a
 * text that is neither JSON nor YAML 1.2, with line and column.
 */
export function givenModel({ model, modelText }: GivenModel): unknown {
  if (modelText === undefined) return model;
  if (model !== undefined) throw refused("modelText: give either model or modelText.");
  const parsed = parseModelText(modelText);
  if ("model" in parsed) return parsed.model;
  const problems = parsed.problems.map(({ message, line, column }) => ({
    code: "invalid_model_text",
    severity: "error",
    path: line === undefined ? "modelText" : `modelText:${line}:${column ?? 1}`,
    message,
    fix: "Correct the text: a model is JSON or YAML 1.2.",
  }));
  throw refused(`modelText: ${problems[0]!.message}`).withDetails({ reason: "invalid_model_text", problems });
}

function refused(message: string): APIError {
  return APIError.invalidArgument(message).withDetails({ reason: "invalid_model_text" });
}
