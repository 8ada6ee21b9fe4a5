import assert from "node:assert/strict";
import { call, expectStatus } from "./http.ts";

const FIRST_PORT = 3101;
const PATHS =
  "accounts articles assets bookings branches carriers comments agreements coupons customers devices documents invoices locations messages orders parcels payments products reviews";

/** Writes to and reads from each of the twenty services. */
export async function callTwenty(env: NodeJS.ProcessEnv): Promise<void> {
  const headers = { "x-service-token": env.SERVICE_TOKEN! };
  await Promise.all(
    PATHS.split(" ").map(async (name, index) => {
      const port = FIRST_PORT + index;
      const made = await call(port, "POST", `/${name}`, { body: { name: "one", amount: "1.00" }, headers });
      const { id } = expectStatus(made, 201);
      assert.equal(expectStatus(await call(port, "GET", `/${name}/${id}`, { headers }), 200).amount, "1.00");
    }),
  );
}
