export { ensurePostgres, type PostgresServer } from "./embedded-server.js";
export { migrateConfigured, prepareDatabases } from "./prepare-databases.js";
