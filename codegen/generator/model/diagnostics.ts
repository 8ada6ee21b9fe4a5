/** One thing about a model that its author should know. */
export interface Diagnostic {
  /** Stable, e.g. `unknown_service`. */
  code: string;
  severity: "error" | "warning";
  /** Path in the model, e.g. `model.services[2].port`. */
  path: string;
  message: string;
  /** What to do about it. */
  fix: string;
}

/** A path as it is shown: `model.services[2].port`. */
export function pathText(path: readonly PropertyKey[]): string {
  return `model${path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("")}`;
}

/** Collects what is wrong with a model. */
export type Report = (problem: {
  code: string;
  path: readonly PropertyKey[];
  message: string;
  fix: string;
  severity?: "error" | "warning";
}) => void;
