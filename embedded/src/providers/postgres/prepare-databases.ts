import { join } from "node:path";
import type { Database } from "../../model/app-model.js";
import type { DatabaseConfig } from "../../runtime/host-config.js";
import { connect, withDatabase } from "./connect.js";
import { migrate } from "./migrate.js";
import { appUrl, ensureDatabases, MIGRATOR, managedDatabase } from "./roles.js";

/** As Encore's own default for local runs. */
const MAX_CONNECTIONS = 30;

interface Options {
  appDir: string;
  /** Databases of the application model. */
  databases: Database[];
  log: (line: string) => void;
}

/**
 * Creates the app's databases and roles on a server it manages (the embedded
 * one, or one given by an administrator's address), runs their migrations, and
 * says how the app connects. `nameOnServer` keeps apps apart that share a server.
 */
export async function prepareDatabases(
  options: Options & { adminUrl: string; nameOnServer?: (database: string) => string },
): Promise<Record<string, DatabaseConfig>> {
  const { adminUrl, databases, nameOnServer = (name) => name } = options;
  const managed = databases.map((database) => ({
    database,
    target: managedDatabase(nameOnServer(database.name), adminUrl),
  }));
  if (managed.length === 0) return {};
  const admin = await connect(adminUrl, options);
  try {
    await ensureDatabases(
      admin,
      managed.map(({ target }) => target),
    );
  } finally {
    await admin.end({ timeout: 5 });
  }
  const migrations = managed.map(({ database, target }) =>
    migrateOne({ ...options, database, url: withDatabase(adminUrl, target.database), role: MIGRATOR }),
  );
  await allSettledOrFirstError(migrations);
  return Object.fromEntries(
    managed.map(({ database, target }) => [
      database.name,
      { connectionString: appUrl(adminUrl, target), maxConnections: MAX_CONNECTIONS },
    ]),
  );
}

/** Runs the migrations of databases that the configuration names, as the users it gives: roles are the operator's business. */
export async function migrateConfigured(
  options: Options & { connections: Record<string, DatabaseConfig> },
): Promise<void> {
  await allSettledOrFirstError(
    options.databases.flatMap((database) => {
      const connection = options.connections[database.name];
      if (connection === undefined) return [];
      return [migrateOne({ ...options, database, url: connection.connectionString, tls: connection.tls })];
    }),
  );
}

async function migrateOne(
  options: Options & { database: Database; url: string; tls?: DatabaseConfig["tls"]; role?: string },
): Promise<void> {
  const { migrations } = options.database;
  if (migrations === undefined) return;
  const sql = await connect(options.url, options);
  try {
    await migrate({
      sql,
      dir: join(options.appDir, migrations.dir),
      shownDir: migrations.dir,
      source: migrations.source,
      role: options.role,
      log: options.log,
    });
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** Lets every database finish before it reports: an exit in the middle of another migration would only roll that one back. */
async function allSettledOrFirstError(work: Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
