import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { parseEnv } from "node:util";
import { call, expectStatus } from "./http.ts";

const FIRST_PORT = 3101;
const SERVICES = 20;

/** Writes to and reads from each of the twenty services. */
export async function callTwenty(dir: string, paths: string[]): Promise<void> {
  const env = parseEnv(readFileSync(path.join(dir, ".env"), "utf8"));
  const headers = { "x-service-token": env.SERVICE_TOKEN! };
  assert.equal(paths.length, SERVICES);
  await Promise.all(
    paths.map(async (name, index) => {
      const port = FIRST_PORT + index;
      const made = await call(port, "POST", `/${name}`, { body: { name: "one", amount: "1.00" }, headers });
      const { id } = expectStatus(made, 201);
      assert.equal(expectStatus(await call(port, "GET", `/${name}/${id}`, { headers }), 200).amount, "1.00");
    }),
  );
}
