import { randomUUID } from "node:crypto";
import type { PlaceOrderInput, PlaceOrderOutput } from "@shop/contracts/orders.js";
import { CallError } from "../clients/call-error.js";
import { getProduct, reserveStock } from "../clients/catalog-client.js";
import { charge } from "../clients/payments-client.js";
import { db } from "../db.js";
import { publishOrderPlaced } from "../events/publish-order-placed.js";
import { Problem } from "../problem.js";
import { orders } from "../schema.js";

/** Reserves stock, charges the customer and keeps the order. */
export async function placeOrder(input: PlaceOrderInput): Promise<PlaceOrderOutput> {
  const { customer, productId, quantity } = input;
  const product = await getProduct(productId).catch(refused);
  await reserveStock({ productId, quantity }).catch(refused);
  const cents = BigInt(Math.round(Number(product.price) * 100)) * BigInt(quantity);
  const total = `${cents / 100n}.${String(cents % 100n).padStart(2, "0")}`;
  const id = randomUUID();
  await charge({ reference: id, amount: total });
  await db.transaction(async (tx) => {
    await tx.insert(orders).values({ id, customer, product: productId, quantity, total, state: "paid" });
    await publishOrderPlaced(tx, { orderId: id, customer, total });
  });
  return { orderId: id, total };
}

/** What the catalog refuses is the customer's business. */
function refused(error: unknown): never {
  if (error instanceof CallError && error.refusal?.status === 409)
    throw new Problem(409, "out_of_stock", error.refusal.title ?? "There is not enough of it.");
  if (error instanceof CallError && error.refusal?.status === 404)
    throw new Problem(404, "not_found", "There is no such product.");
  throw error;
}
