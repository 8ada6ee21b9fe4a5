import { afterAll, beforeAll, expect, test } from "vitest";
import { Connections } from "../postgres/connections.js";
import { createTestDatabase, type TestDatabase } from "./test-database.js";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase([]);
}, 60_000);
afterAll(() => database.drop());

test("gives up on a connection that does not answer, and goes on with a new one", async () => {
  const connections = new Connections(database.url, { max: 1 }, 300);
  await expect(connections.run((sql) => sql`select pg_sleep(30)`)).rejects.toThrow(
    "no answer from the database within 0.3 s",
  );
  expect(await connections.run((sql) => sql`select 1 as one`)).toEqual([{ one: 1 }]);
  await connections.close();
});
