import type { ApiError } from "../errors.js";

/** How a failed call reaches the SDK, which turns it into its own `APIError`. */
export class ApiCallError {
  readonly code: string;
  readonly message: string;
  readonly details: Record<string, unknown> | null;

  constructor(error: ApiError) {
    this.code = error.code;
    this.message = error.message;
    this.details = error.details ?? null;
  }
}
