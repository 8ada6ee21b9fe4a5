import { SQLDatabase } from "encore.dev/storage/sqldb";
import { type AnyDb, connectDatabase } from "../shared/database/handle.js";
import * as schema from "./schema.js";

const database = new SQLDatabase("user_management", {
  migrations: { path: "./migrations", source: "drizzle" },
});

export const db = connectDatabase({ connectionString: database.connectionString, schema, maxConnections: 5 });

/** The service's database or a transaction on it. */
export type Db = AnyDb<typeof schema>;
