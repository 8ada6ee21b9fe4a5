import { inspect } from "node:util";
import { SetupError } from "../providers/setup-error.js";
import { InvalidAppError } from "./invalid-app.js";
import { UserError } from "./user-error.js";

/** Prints what went wrong and sets the exit code. Only faults of the tool or the app show a stack trace. */
export function reportFailure(error: unknown): void {
  process.stderr.write(`${failureText(error)}\n`);
  process.exitCode = error instanceof UserError ? error.exitCode : 1;
}

function failureText(error: unknown): string {
  if (error instanceof InvalidAppError) return error.message;
  if (isSetupError(error))
    return [`error: ${error.message}`, ...(error.fix ? [`  ${error.fix}`] : [])].join("\n");
  return `error: ${inspect(error)}`;
}

/** By name: the runtime library is bundled separately and has a class of its own. */
function isSetupError(error: unknown): error is SetupError {
  return error instanceof SetupError || (error instanceof Error && error.name === "SetupError");
}
