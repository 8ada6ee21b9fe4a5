/** What can be wrong with a connection to a Postgres server. */
export type ConnectionProblemCode =
  | "host_not_found"
  | "address_not_allowed"
  | "connection_refused"
  | "connection_timeout"
  | "host_unreachable"
  | "connection_closed"
  | "tls_not_offered"
  | "tls_required"
  | "tls_certificate_untrusted"
  | "tls_certificate_expired"
  | "tls_name_mismatch"
  | "tls_failed"
  | "password_wrong"
  | "access_refused"
  | "database_missing"
  | "privilege_missing"
  | "read_only"
  | "too_many_connections"
  | "server_starting"
  | "statement_timeout"
  | "not_postgres";

/** A connection that did not come about, or broke, and why. */
export class ConnectionProblem extends Error {
  readonly code: ConnectionProblemCode;

  constructor(code: ConnectionProblemCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

type Known = [code: ConnectionProblemCode, say: (message: string) => string];

/** By the code of Node (`ECONNREFUSED`), of the driver (`CONNECT_TIMEOUT`) or of Postgres (`28P01`). */
const knownCodes: Record<string, Known> = {
  ENOTFOUND: ["host_not_found", () => "The host is not found."],
  EAI_AGAIN: ["host_not_found", () => "The host's name cannot be resolved at the moment."],
  ECONNREFUSED: [
    "connection_refused",
    () => "The host refuses the connection: nothing listens at this port.",
  ],
  ETIMEDOUT: ["connection_timeout", () => "The host does not answer."],
  CONNECT_TIMEOUT: ["connection_timeout", () => "The server does not answer in time."],
  EHOSTUNREACH: ["host_unreachable", () => "There is no way to the host."],
  ENETUNREACH: ["host_unreachable", () => "There is no way to the host's network."],
  ECONNRESET: ["connection_closed", () => "The server closed the connection."],
  EPIPE: ["connection_closed", () => "The server closed the connection."],
  CONNECTION_CLOSED: ["connection_closed", () => "The server closed the connection."],
  CONNECTION_DESTROYED: ["connection_closed", () => "The connection was closed."],
  CONNECTION_ENDED: ["connection_closed", () => "The connection was closed."],
  "57P01": ["connection_closed", () => "The server was shut down, or ended the connection."],
  "57P02": ["connection_closed", () => "The server crashed."],
  "57P03": ["server_starting", () => "The server is starting or stopping."],
  "53300": ["too_many_connections", () => "The server has no connection left."],
  "28P01": ["password_wrong", () => "The server refuses the password, or knows no such user."],
  "28000": ["access_refused", (message) => `The server refuses access: ${message}.`],
  "3D000": ["database_missing", (message) => `The database is missing: ${message}.`],
  "42501": ["privilege_missing", (message) => `A privilege is missing: ${message}.`],
  "25006": ["read_only", () => "The database, or this connection to it, is read-only."],
  "57014": ["statement_timeout", () => "A statement took longer than it may."],
};

/** What an error of a connection or of a statement says about the server; undefined where it is another kind of error. */
export function describeConnectionProblem(error: unknown): ConnectionProblem | undefined {
  if (error instanceof ConnectionProblem) return error;
  if (!(error instanceof Error)) return undefined;
  const known = knownCodes["code" in error ? String(error.code) : ""];
  if (known === undefined) return undefined;
  const [code, say] = known;
  // Postgres names a missing encryption as the reason for refusing access, in words only.
  if (code === "access_refused" && /no encryption|SSL off|SSL required/i.test(error.message)) {
    return new ConnectionProblem("tls_required", `The server lets nobody in without TLS: ${error.message}.`, {
      cause: error,
    });
  }
  return new ConnectionProblem(code, say(error.message), { cause: error });
}
