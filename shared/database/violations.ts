interface ServerError {
  code: string;
  constraint_name?: string;
}

const integrityViolation = "23";

/**
 * The name of the constraint that `error` says was violated: a unique, check or foreign key. Undefined for any
 * other error. Looks through the wrappers that the query layer puts around the server's error.
 */
export function violatedConstraint(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (isServerError(cause) && cause.code.startsWith(integrityViolation)) return cause.constraint_name;
  }
  return undefined;
}

function isServerError(error: Error): error is Error & ServerError {
  return "code" in error && typeof error.code === "string";
}
