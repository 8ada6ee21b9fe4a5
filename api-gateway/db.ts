import { SQLDatabase } from "encore.dev/storage/sqldb";
import { type AnyDb, connectDatabase } from "../shared/database/handle.js";
import * as schema from "./schema.js";

const database = new SQLDatabase("api_gateway", {
  migrations: { path: "./migrations", source: "drizzle" },
});

/** Connection string of the gateway's database, as the app's own role. */
export const connectionString = database.connectionString;

export const db = connectDatabase({
  connectionString,
  schema,
  maxConnections: 5,
  statementTimeoutMs: 5_000,
});

/** The gateway's database or a transaction on it. */
export type Db = AnyDb<typeof schema>;
