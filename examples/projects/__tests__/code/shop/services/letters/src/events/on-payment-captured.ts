import type { PaymentCapturedEvent } from "@shop/contracts/events.js";
import type { Transaction } from "../db.js";
import { letters } from "../schema.js";

/** Tells the book-keeper. */
export async function onPaymentCaptured(event: PaymentCapturedEvent, tx: Transaction): Promise<void> {
  await tx
    .insert(letters)
    .values({ recipient: "accounts", text: `Payment ${event.paymentId}: ${event.amount}` });
}
