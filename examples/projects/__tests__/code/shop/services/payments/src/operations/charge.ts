import type { ChargeInput, ChargeOutput } from "@shop/contracts/payments.js";
import { eq } from "drizzle-orm";
import { db } from "../db.js";
import { publishPaymentCaptured } from "../events/publish-payment-captured.js";
import { payments } from "../schema.js";

/** Keeps a payment once for each reference, and tells of it. */
export async function charge({ reference, amount }: ChargeInput): Promise<ChargeOutput> {
  return db.transaction(async (tx) => {
    const [added] = await tx.insert(payments).values({ reference, amount }).onConflictDoNothing().returning();
    if (added !== undefined) {
      await publishPaymentCaptured(tx, { paymentId: added.id, amount });
      return { paymentId: added.id };
    }
    const [known] = await tx.select().from(payments).where(eq(payments.reference, reference));
    return { paymentId: known!.id };
  });
}
