/** Why an event is not accepted. */
export class EventProblem extends Error {
  constructor(
    /** What is wrong: the name of an attribute, or a path within `data`; empty for the event as a whole. */
    readonly path: string,
    /** Stable snake_case reason. */
    readonly reason: string,
    message: string,
  ) {
    super(message);
    this.name = "EventProblem";
  }
}

/** Why a request as a whole is not accepted. */
export class RequestProblem extends Error {
  constructor(
    readonly status: 400 | 413 | 415,
    readonly reason: string,
    message: string,
  ) {
    super(message);
    this.name = "RequestProblem";
  }
}
