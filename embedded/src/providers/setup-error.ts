/**
 * Something the user has to put right before the app can run: configuration,
 * database server, migration. Shown as message and fix, without a stack trace.
 */
export class SetupError extends Error {
  override readonly name = "SetupError";
  readonly fix: string | undefined;

  constructor(message: string, options: { fix?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.fix = options.fix;
  }
}
