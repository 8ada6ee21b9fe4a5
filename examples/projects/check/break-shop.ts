import assert from "node:assert/strict";
import { userToken } from "./call-shop.ts";
import { call, expectStatus, until } from "./http.ts";
import type { Project } from "./project.ts";

const CATALOG = 3001;
const ORDERS = 3002;
const LETTERS = 3004;
const ordersPerFault = 8;

/**
 * Ends services as a crash would while events are under way, and the broker after that: each order gets its letters once.
 * `restartBroker` says whether there was a broker to be ended.
 */
export async function breakShop(
  project: Project,
  env: NodeJS.ProcessEnv,
  restartBroker: () => Promise<boolean>,
): Promise<void> {
  const own = { "x-service-token": env.SERVICE_TOKEN! };
  const user = { authorization: `Bearer ${await userToken(env)}` };
  const body = { title: "Chair", price: "5.00", stock: 1_000 };
  const product = expectStatus(await call(CATALOG, "POST", "/products", { body }), 201);

  const letters = async (): Promise<string[]> => {
    const texts: string[] = [];
    let after = "";
    do {
      const answer = await call(LETTERS, "GET", `/letters?limit=100${after}`, { headers: own });
      const page = expectStatus(answer, 200);
      texts.push(...page.letters.map(({ text }: { text: string }) => text));
      after = page.nextCursor === undefined ? "" : `&cursor=${encodeURIComponent(page.nextCursor)}`;
    } while (after !== "");
    return texts;
  };
  /** Letters there are; undefined while their service is away. */
  const count = async (): Promise<number | undefined> => {
    return await letters().then(
      ({ length }) => length,
      () => undefined,
    );
  };
  const placeOrders = async (): Promise<string[]> => {
    const placed: string[] = [];
    for (let index = 0; index < ordersPerFault; index++) {
      const order = { customer: `customer ${index}`, productId: product.id, quantity: 1 };
      const answer = await call(ORDERS, "POST", "/operations/place-order", { body: order, headers: user });
      placed.push(expectStatus(answer, 200).orderId);
    }
    return placed;
  };
  const eachOnce = async (before: number, placed: string[]): Promise<void> => {
    const wanted = before + 2 * placed.length;
    await until(`${wanted} letters`, async () => (((await count()) ?? 0) >= wanted ? true : undefined), 120);
    const texts = await letters();
    assert.equal(texts.length, wanted, "no letter twice");
    for (const id of placed) assert.equal(texts.filter((text) => text.includes(id)).length, 1);
  };

  const begin = await letters();
  const handled = await placeOrders();
  // The effect is there: whether it was acknowledged nobody knows.
  await until("a first letter", async () => (((await count()) ?? 0) > begin.length ? true : undefined), 60);
  await project.kill("letters");
  await until("letters again", count, 60);
  await eachOnce(begin.length, handled);

  const sent = await placeOrders();
  await project.kill("orders");
  await project.kill("payments");
  await eachOnce(begin.length + 2 * handled.length, sent);

  if (!(await restartBroker())) return;
  const after = await until(
    "orders again",
    async () =>
      await placeOrders().then(
        (placed) => placed,
        () => undefined,
      ),
    60,
  );
  await eachOnce(begin.length + 2 * (handled.length + sent.length), after);
}
