import { SetupError } from "../providers/setup-error.js";

/** A mistake on the user's side that the tool found itself: reported as text, without a stack trace. */
export class UserError extends SetupError {
  /** 1: the app could not run; 2: the command line was wrong. */
  readonly exitCode: 1 | 2;

  constructor(message: string, options: { fix?: string; exitCode?: 1 | 2; cause?: unknown } = {}) {
    super(message, options);
    this.exitCode = options.exitCode ?? 1;
  }
}

/** A wrong command line. */
export function usageError(message: string, fix?: string): UserError {
  return new UserError(message, { exitCode: 2, ...(fix === undefined ? {} : { fix }) });
}
