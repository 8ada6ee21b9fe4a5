import { execFile } from "node:child_process";
import { chown, copyFile, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import postgres from "postgres";
import { ensurePostgres } from "../../embedded/src/providers/postgres/embedded-server.js";

const run = promisify(execFile);

/** A Postgres server with TLS, as a tenant would bring it. */
export interface OwnPostgres {
  /** Superuser on the database `postgres`; the host is `localhost`, which the certificate names. */
  url: string;
  admin: postgres.Sql;
  /** The authority that signed its certificate. */
  caCertificate: string;
  stop(): Promise<void>;
}

/** Starts a server with a certificate made for it. */
export async function startOwnPostgres(options: { walLevel?: "logical" } = {}): Promise<OwnPostgres> {
  const folder = await mkdtemp(join(tmpdir(), "own-postgres-"));
  let server = await ensurePostgres({ appDir: folder, log: () => {} });
  if (options.walLevel) {
    const first = postgres(server.adminUrl, { max: 1, onnotice: () => {} });
    await first.unsafe(`ALTER SYSTEM SET wal_level = '${options.walLevel}'`);
    await first.end({ timeout: 1 });
    await server.release();
    server = await ensurePostgres({ appDir: folder, log: () => {} });
  }
  const url = server.adminUrl.replace("127.0.0.1", "localhost");
  const admin = postgres(url, { max: 2, onnotice: () => {} });
  await makeCertificates(folder);
  const [row] = await admin<{ directory: string }[]>`SELECT current_setting('data_directory') AS directory`;
  const { uid, gid } = await stat(row!.directory);
  for (const file of ["server.pem", "server.key"]) {
    const placed = join(row!.directory, file);
    await copyFile(join(folder, file), placed);
    await chown(placed, uid, gid);
  }
  await admin`ALTER SYSTEM SET ssl_cert_file = 'server.pem'`;
  await admin`ALTER SYSTEM SET ssl_key_file = 'server.key'`;
  await admin`ALTER SYSTEM SET ssl = on`;
  await admin`SELECT pg_reload_conf()`;
  return {
    url,
    admin,
    caCertificate: await readFile(join(folder, "ca.pem"), "utf8"),
    stop: async () => {
      await admin.end({ timeout: 1 });
      await server.release();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function makeCertificates(folder: string): Promise<void> {
  const openssl = (...args: string[]) => run("openssl", args, { cwd: folder, timeout: 30_000 });
  const request = ["req", "-newkey", "rsa:2048", "-nodes", "-days", "2"];
  await openssl(...request, "-x509", "-subj", "/CN=test authority", "-keyout", "ca.key", "-out", "ca.pem");
  await openssl(
    ...request,
    ...["-x509", "-CA", "ca.pem", "-CAkey", "ca.key", "-subj", "/CN=localhost"],
    ...["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"],
    ...["-keyout", "server.key", "-out", "server.pem"],
  );
  await openssl("verify", "-CAfile", "ca.pem", "server.pem");
}
