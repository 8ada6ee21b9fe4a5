export { connectionUri } from "./connection-uri.js";
export { ensurePostgres, hasPostgres, type PostgresServer } from "./embedded-server.js";
export { migrateConfigured, prepareDatabases } from "./prepare-databases.js";
export {
  dropAbandoned,
  planTestDatabases,
  prepareTestTemplates,
  type TestTemplates,
} from "./test-databases.js";
