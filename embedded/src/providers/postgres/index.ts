export { ensurePostgres, type PostgresServer } from "./embedded-server.js";
export { migrateConfigured, prepareDatabases } from "./prepare-databases.js";
export { cloneTestDatabases, prepareTestTemplates, type TestTemplates } from "./test-databases.js";
