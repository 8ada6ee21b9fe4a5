import type { Socket } from "node:net";
import postgres from "postgres";
import { ConnectionProblem, type ConnectionProblemCode } from "./connection-problem.js";
import { FailedSocket, openPostgresSocket, type PostgresServer } from "./postgres-socket.js";

/** How a tenant's own Postgres database is reached. */
export interface TenantPostgres extends Omit<PostgresServer, "host" | "port"> {
  /** `postgres://user:password@host:port/database`; what follows a `?` does not count. */
  url: string;
  /** A pooler such as PgBouncer stands before the server: no prepared statements, no settings that outlive a transaction. */
  pooled: boolean;
}

interface PoolLimits {
  maxConnections: number;
  connectTimeoutMs: number;
  /** A connection on which nothing moves for longer is given up, also in the middle of a statement. */
  silenceMs: number;
  /** The connection reads the write-ahead log, and stays open. */
  replication?: boolean;
}

const idleTimeoutSeconds = 60;

/**
 * Opens a bounded pool to a tenant's database: connections are made when needed, through the address guard, and closed
 * after a minute without use.
 */
export function openTenantPostgres(database: TenantPostgres, limits: PoolLimits): postgres.Sql {
  const url = new URL(database.url);
  const server: PostgresServer = {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? 5432 : Number(url.port),
    tls: database.tls,
    caCertificate: database.caCertificate,
  };
  const password = decodeURIComponent(url.password);
  const options: postgres.Options<Record<string, never>> & { socket: () => Promise<unknown> } = {
    host: server.host,
    port: server.port,
    database: decodeURIComponent(url.pathname.slice(1)),
    username: decodeURIComponent(url.username),
    // A function: an empty text would be replaced by the password in this process's environment.
    password: () => password,
    max: limits.maxConnections,
    prepare: !database.pooled,
    connect_timeout: limits.connectTimeoutMs / 1000,
    fetch_types: false,
    onnotice: () => {},
    ...(limits.replication
      ? { max_lifetime: null, connection: { application_name: "axion", replication: "database" } }
      : { idle_timeout: idleTimeoutSeconds, connection: { application_name: "axion" } }),
    socket: () => openGuardedSocket(server, limits),
  };
  return postgres(options);
}

async function openGuardedSocket(server: PostgresServer, limits: PoolLimits): Promise<unknown> {
  try {
    const socket = await openPostgresSocket(server, limits.connectTimeoutMs);
    watchSocket(socket, server, limits.silenceMs);
    return socket;
  } catch (error) {
    return new FailedSocket(error instanceof Error ? error : new Error(String(error)));
  }
}

/** First bytes of what a Postgres server may say first: authentication, error, notice, protocol version. */
const firstMessages = "RENv";

/**
 * Ends a connection with an error where the server falls silent, speaks another protocol, or closes. Without an error, the
 * driver would connect again and again to a server that closes each new connection, while its caller waits.
 */
function watchSocket(socket: Socket, { host, port }: PostgresServer, silenceMs: number): void {
  const fail = (code: ConnectionProblemCode, message: string) =>
    socket.destroy(new ConnectionProblem(code, message));
  socket.setTimeout(silenceMs, () => fail("connection_timeout", `${host}:${port} has fallen silent.`));
  socket.prependOnceListener("data", (data: Buffer) => {
    if (firstMessages.includes(data.toString("latin1", 0, 1))) return;
    fail("not_postgres", "What answers at this host and port is no Postgres server.");
  });
  socket.once("end", () => {
    if (!socket.writableEnded) fail("connection_closed", `${host}:${port} closed the connection.`);
  });
}
