import type { Diagnostic } from "../model/app-model.js";
import { formatDiagnostics } from "./report-diagnostics.js";
import { UserError } from "./user-error.js";

/** An app that cannot run as it is written. Its text is the list of all problems. */
export class InvalidAppError extends UserError {
  constructor(
    readonly diagnostics: Diagnostic[],
    appDir: string,
  ) {
    super(formatDiagnostics(diagnostics, appDir));
  }
}
