import { SQLDatabase } from "encore.dev/storage/sqldb";
import { type AnyDb, connectDatabase } from "../../shared/database/handle.js";
import * as schema from "./schema.js";

const database = new SQLDatabase("audit_logs", {
  migrations: { path: "./migrations", source: "drizzle" },
});

export const auditDb = connectDatabase({ connectionString: database.connectionString, schema });

/** The audit database or a transaction on it. */
export type AuditDb = AnyDb<typeof schema>;
