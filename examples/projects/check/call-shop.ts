import assert from "node:assert/strict";
import { SignJWT } from "jose";
import { call, expectStatus, until } from "./http.ts";

const CATALOG = 3001;
const ORDERS = 3002;
const PAYMENTS = 3003;
const LETTERS = 3004;

/** A token of a customer. */
export async function userToken({ JWT_SECRET }: NodeJS.ProcessEnv): Promise<string> {
  return await new SignJWT()
    .setProtectedHeader({ alg: "HS256" })
    .setSubject("ada")
    .setExpirationTime("15m")
    .sign(new TextEncoder().encode(JWT_SECRET));
}

/** Orders something and follows it through all four services. */
export async function callShop(env: NodeJS.ProcessEnv): Promise<void> {
  const own = { "x-service-token": env.SERVICE_TOKEN! };
  const token = await userToken(env);
  const user = { authorization: `Bearer ${token}` };

  const product = expectStatus(
    await call(CATALOG, "POST", "/products", { body: { title: "Lamp", price: "19.90", stock: 3 } }),
    201,
  );
  const stock = async () => expectStatus(await call(CATALOG, "GET", `/products/${product.id}`), 200).stock;
  assert.equal(await stock(), 3);
  const order = (customer: string, quantity: number, headers: Record<string, string> = user) =>
    call(ORDERS, "POST", "/operations/place-order", {
      body: { customer, productId: product.id, quantity },
      headers,
    });
  expectStatus(await order("ada", 1, {}), 401);
  expectStatus(await order("ada", 1, { authorization: `Bearer ${token}x` }), 401);
  const placed = expectStatus(await order("ada", 2), 200);
  assert.equal(placed.total, "39.80");
  assert.equal(await stock(), 1, "the cache forgets what changed");
  assert.equal(expectStatus(await order("ada", 2), 409).code, "out_of_stock");
  const kept = await call(ORDERS, "GET", `/orders/${placed.orderId}`, { headers: user });
  assert.equal(expectStatus(kept, 200).state, "paid");

  expectStatus(await call(LETTERS, "GET", "/letters"), 401);
  expectStatus(await call(PAYMENTS, "GET", "/payments"), 401);
  expectStatus(await call(CATALOG, "POST", "/operations/reserve-stock", { body: {} }), 401);
  const payments = expectStatus(await call(PAYMENTS, "GET", "/payments", { headers: own }), 200).payments;
  assert.deepEqual(
    payments.map(({ amount }: { amount: string }) => amount),
    ["39.80"],
  );
  await until(
    "a letter for each event",
    async () => {
      const { letters } = expectStatus(await call(LETTERS, "GET", "/letters", { headers: own }), 200);
      const recipients = letters.map(({ recipient }: { recipient: string }) => recipient).sort();
      return recipients.join() === "accounts,ada" ? true : undefined;
    },
    60,
  );

  // An event that cannot be handled ends in the dead-letter queue and does not hold up others.
  expectStatus(await order("poison", 1), 200);
  await until("a dead letter", async () => {
    const metrics = expectStatus(await call(LETTERS, "GET", "/metrics"), 200) as string;
    return /events_handled_total\{[^}]*outcome="dead"[^}]*\} 1/.test(metrics) ? true : undefined;
  });
}
