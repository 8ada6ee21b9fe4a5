import { checkCachesAndJobs } from "./checks/check-caches-and-jobs.js";
import { checkDependencies } from "./checks/check-dependencies.js";
import { checkEntities } from "./checks/check-entities.js";
import { checkEvents } from "./checks/check-events.js";
import { checkOperations } from "./checks/check-operations.js";
import { checkOwnTables } from "./checks/check-own-tables.js";
import { checkServices } from "./checks/check-services.js";
import { type Diagnostic, pathText, type Report } from "./diagnostics.js";
import { type ProjectModel, projectModelSchema } from "./schema.js";

/** More would hide the first ones. */
const MAX_DIAGNOSTICS = 200;

export interface CheckedModel {
  /** Absent where the model has errors. */
  model?: ProjectModel;
  /** In the order of the model; at most 200. */
  diagnostics: Diagnostic[];
}

/** Checks a project model and fills in its defaults. All that is wrong is told at once. */
export function checkModel(given: unknown): CheckedModel {
  const parsed = projectModelSchema.safeParse(given);
  if (!parsed.success) {
    const diagnostics = parsed.error.issues.slice(0, MAX_DIAGNOSTICS).map((issue) => ({
      code: issue.code === "unrecognized_keys" ? "unknown_key" : "invalid_value",
      severity: "error" as const,
      path: pathText(issue.path),
      message: issue.message,
      fix: "See the JSON Schema of project models for what is expected here.",
    }));
    return { diagnostics };
  }
  const model = parsed.data;
  const diagnostics: Diagnostic[] = [];
  const report: Report = ({ path, severity = "error", ...problem }) => {
    diagnostics.push({ ...problem, severity, path: pathText(path) });
  };
  checkServices(model, report);
  for (const [index, service] of model.services.entries()) {
    const path = ["services", index];
    checkEntities(service, path, report);
    checkOperations(service, path, report);
    checkOwnTables(service, path, report);
    checkCachesAndJobs(service, path, report);
  }
  checkDependencies(model, report);
  checkEvents(model, report);
  const sorted = diagnostics.toSorted((a, b) => a.path.localeCompare(b.path, "en", { numeric: true }));
  const failed = sorted.some((diagnostic) => diagnostic.severity === "error");
  return { ...(failed ? {} : { model }), diagnostics: sorted.slice(0, MAX_DIAGNOSTICS) };
}
