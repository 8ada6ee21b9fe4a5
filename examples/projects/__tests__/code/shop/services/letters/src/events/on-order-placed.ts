import type { OrderPlacedEvent } from "@shop/contracts/events.js";
import type { Transaction } from "../db.js";
import { letters } from "../schema.js";

/** Thanks the customer. */
export async function onOrderPlaced(event: OrderPlacedEvent, tx: Transaction): Promise<void> {
  if (event.customer === "poison") throw new Error("This customer takes no letters.");
  await tx
    .insert(letters)
    .values({ recipient: event.customer, text: `Order ${event.orderId}: ${event.total}` });
}
