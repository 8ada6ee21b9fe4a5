import { randomUUID } from "node:crypto";
import postgres from "postgres";
import { data_processing, tenant_management } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";
import type { CallerIdentity } from "../../shared/tenancy/identity.js";
import type { OwnPostgres } from "../../tenant-management/__tests__/own-postgres.js";
import type { RuleDefinitionInput } from "../entity-conversion/types.js";

/** A tenant with a data source `own`: a database that no other test uses. */
export interface OwnDatabase {
  authData: CallerIdentity;
  /** The owner of the database, on it. */
  owner: postgres.Sql;
  /** Role that the data source connects as. */
  role: string;
  /** Ends all connections of the data source. */
  drop(): Promise<void>;
}

/** Makes a database with the given tables, and a data source on it for a new tenant. `databaseOptions` are added to its making. */
export async function newOwnDatabase(
  server: OwnPostgres,
  tables: string,
  { databaseOptions, ...settings }: { statementTimeoutMs?: number; databaseOptions?: string } = {},
): Promise<OwnDatabase> {
  const authData = newCaller();
  const name = `own_${randomUUID().replaceAll("-", "")}`;
  await server.admin.unsafe(`CREATE ROLE ${name} LOGIN PASSWORD 'secret'`);
  await server.admin.unsafe(`CREATE DATABASE ${name} ${databaseOptions ?? ""}`);
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  const owner = postgres(url.href, { max: 1, onnotice: () => {} });
  await owner.unsafe(tables);
  await owner.unsafe(
    `GRANT CREATE ON DATABASE ${name} TO ${name}; GRANT ALL ON ALL TABLES IN SCHEMA public TO ${name}`,
  );
  url.username = name;
  url.password = "secret";
  const { tenantId } = authData;
  await tenant_management.createDataSource(
    { tenantId, name: "own", url: url.href, ...settings },
    { authData },
  );
  return {
    authData,
    owner,
    role: name,
    drop: async () => {
      await server.admin`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ${name}`;
    },
  };
}

/** Table of people to convert, with as many as given. */
export const peopleTable = (count: number) => `
  CREATE TABLE people (id integer PRIMARY KEY, first_name text);
  INSERT INTO people SELECT n, 'First' || n FROM generate_series(1, ${count}) n`;

/** Makes `contacts` in the tenant's workspace, and a rule from its own people to them. */
export async function ruleIntoWorkspace({ authData }: OwnDatabase): Promise<string> {
  await data_processing.createWorkspaceEntity(
    {
      name: "contacts",
      fields: [
        { name: "id", type: "integer" },
        { name: "name", type: "text" },
      ],
      primaryKey: ["id"],
    },
    { authData },
  );
  const definition: RuleDefinitionInput = {
    name: "own people",
    source: { dataSource: "own", entity: "people" },
    target: { entity: "contacts" },
    naturalKey: ["id"],
    mappings: [
      { target: "id", column: "id" },
      { target: "name", expression: "upper(record.first_name)" },
    ],
  };
  return (await data_processing.createRule({ definition }, { authData })).id;
}
