import { once } from "node:events";
import { connect, isIP, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { HostProblem, resolveAllowedHost } from "./address-guard.js";
import { ConnectionProblem, describeConnectionProblem } from "./connection-problem.js";

/**
 * How a connection is encrypted, named as in `sslmode` of libpq: `prefer` encrypts where the server offers it, `require`
 * always, and `verify-full` also checks that the certificate is trusted and names the host.
 */
export type TlsMode = "disable" | "prefer" | "require" | "verify-full";

/** A Postgres server that a tenant named. */
export interface PostgresServer {
  host: string;
  port: number;
  tls: TlsMode;
  /** Certificates in PEM that `verify-full` trusts; the system's where there are none. */
  caCertificate?: string;
}

/**
 * Opens a connection to a Postgres server, encrypted as the server's settings ask. The host is resolved once, checked,
 * and the checked address connected to. Throws `ConnectionProblem`.
 */
export async function openPostgresSocket(server: PostgresServer, timeoutMs: number): Promise<Socket> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const socket = await connectToHost(server, deadline);
  if (server.tls === "disable") return socket;
  try {
    if (!(await offersTls(socket, deadline))) {
      if (server.tls === "prefer") return socket;
      throw new ConnectionProblem(
        "tls_not_offered",
        `The server does not offer TLS, and "${server.tls}" asks for it.`,
      );
    }
    return await encrypt(socket, server, deadline);
  } catch (error) {
    socket.destroy();
    throw problemOf(error, server, deadline);
  }
}

/**
 * A socket that fails with `problem` as soon as it is used. The driver expects a socket in any case: an exception
 * instead would cost its pool a place for ever.
 */
export class FailedSocket extends Duplex {
  private readonly problem: Error;

  constructor(problem: Error) {
    super();
    this.problem = problem;
  }

  override _read(): void {}

  override _write(_chunk: unknown, _encoding: BufferEncoding, done: (error: Error) => void): void {
    done(this.problem);
  }
}

async function connectToHost(server: PostgresServer, deadline: AbortSignal): Promise<Socket> {
  let last: unknown;
  try {
    for (const { address } of await withDeadline(resolveAllowedHost(server.host), deadline)) {
      const socket = connect({ host: address, port: server.port, noDelay: true });
      try {
        await once(socket, "connect", { signal: deadline });
        return socket;
      } catch (error) {
        socket.destroy();
        last = error;
        if (deadline.aborted) break;
      }
    }
  } catch (error) {
    last = error;
  }
  throw problemOf(last, server, deadline);
}

async function withDeadline<T>(work: Promise<T>, deadline: AbortSignal): Promise<T> {
  const late = once(deadline, "abort").then(() => {
    throw deadline.reason;
  });
  return (await Promise.race([work, late])) as T;
}

const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** Asks as the protocol has it: the server answers with one byte, S or N. */
async function offersTls(socket: Socket, deadline: AbortSignal): Promise<boolean> {
  socket.write(sslRequest);
  const closed = once(socket, "end", { signal: deadline }).then(() => {
    throw new ConnectionProblem("connection_closed", "The server closed the connection when asked for TLS.");
  });
  const [answer] = (await Promise.race([once(socket, "data", { signal: deadline }), closed])) as [Buffer];
  closed.catch(() => {});
  const byte = answer.toString("latin1", 0, 1);
  if (byte === "S") return true;
  if (byte === "N") return false;
  throw new ConnectionProblem("not_postgres", "What answers at this host and port is no Postgres server.");
}

async function encrypt(socket: Socket, server: PostgresServer, deadline: AbortSignal): Promise<TLSSocket> {
  socket.removeAllListeners("end");
  const verify = server.tls === "verify-full";
  const secure = connectTls({
    socket,
    // The name that the certificate is checked for; an address is no name, and is checked as it is.
    servername: isIP(server.host) ? undefined : server.host,
    host: server.host,
    ca: server.caCertificate,
    rejectUnauthorized: verify,
  });
  try {
    await once(secure, "secureConnect", { signal: deadline });
    return secure;
  } catch (error) {
    secure.destroy();
    throw error;
  }
}

function problemOf(error: unknown, server: PostgresServer, deadline: AbortSignal): ConnectionProblem {
  const cause = { cause: error };
  if (deadline.aborted) {
    return new ConnectionProblem(
      "connection_timeout",
      `${server.host}:${server.port} does not answer in time.`,
      cause,
    );
  }
  if (error instanceof ConnectionProblem) return error;
  if (error instanceof HostProblem) return new ConnectionProblem(error.code, error.message, cause);
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  // Node's hint on its own options says nothing to a caller.
  const message = (error instanceof Error ? error.message : String(error)).replace(
    /; if the root CA .*$/,
    "",
  );
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return new ConnectionProblem(
      "tls_name_mismatch",
      `The server's certificate is not made for the host "${server.host}".`,
      cause,
    );
  }
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") {
    return new ConnectionProblem("tls_certificate_expired", `The server's certificate: ${message}.`, cause);
  }
  if (untrusted.has(code)) {
    const fix = server.caCertificate ? "the CA certificate given" : "the authorities of this system";
    return new ConnectionProblem(
      "tls_certificate_untrusted",
      `The server's certificate is not signed by ${fix}: ${message}.`,
      cause,
    );
  }
  if (code.startsWith("ERR_SSL") || code.startsWith("ERR_TLS") || /\bssl\b|\btls\b/i.test(message)) {
    return new ConnectionProblem("tls_failed", `TLS could not be agreed on: ${message}.`, cause);
  }
  return (
    describeConnectionProblem(error) ??
    new ConnectionProblem("host_unreachable", `${server.host}:${server.port}: ${message}.`, cause)
  );
}

const untrusted = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "CERT_SIGNATURE_FAILURE",
  "CERT_UNTRUSTED",
  "CERT_REJECTED",
  "INVALID_CA",
  "INVALID_PURPOSE",
]);
