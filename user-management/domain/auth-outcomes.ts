import { eq } from "drizzle-orm";
import type { MailTemplate } from "../../shared/events/types.js";
import type { Db } from "../db.js";
import { people } from "../schema.js";
import type { HandleAuthRequest } from "../types.js";
import { requestMail } from "./account-mails.js";
import { secondFactorLock } from "./second-factor.js";
import { recordForPerson } from "./security-events.js";
import { lockedAfter } from "./sign-in-guard.js";

/** A wrong password or code: whom it was guessed for, and how many failures of the account it makes. */
export interface WrongGuess {
  email?: string;
  failures: number;
  /** Who gave the right password before, where a second factor was guessed. */
  pending?: string;
}

/** Tells the audit log of the person's tenants of a wrong guess, and the person too once it locks the account. */
export async function tellOfFailure(db: Db, request: HandleAuthRequest, guess: WrongGuess): Promise<void> {
  const { email, failures, pending } = guess;
  const wanted =
    pending !== undefined
      ? eq(people.id, pending)
      : email !== undefined && eq(people.email, email.trim().toLowerCase());
  if (wanted === false) return;
  const [person] = await db.select().from(people).where(wanted);
  if (person === undefined) return;
  const lockedSeconds =
    pending !== undefined
      ? await secondFactorLock(db, pending)
      : failures === lockedAfter
        ? 15 * 60
        : undefined;
  const details = {
    email: person.email,
    ipAddress: request.address,
    factor: pending === undefined ? "password" : "code",
    ...(pending === undefined ? { failures } : {}),
  };
  await db.transaction(async (tx) => {
    await recordForPerson(tx, person.id, { action: "sign-in-failed", performedBy: "system", details });
    if (lockedSeconds === undefined) return;
    await recordForPerson(tx, person.id, { action: "sign-in-locked", performedBy: "system", details });
    const minutes = String(Math.ceil(lockedSeconds / 60));
    await requestMail(tx, person, "sign-in-locked", { minutes, ipAddress: request.address });
  });
}

/** Tells the audit log of the person's tenants what was done, and the person of what an intruder would do. */
export async function tellOfSuccess(
  db: Db,
  request: HandleAuthRequest,
  { action, personId }: { action: string; personId: string },
): Promise<void> {
  const userAgent = request.headers.find(({ name }) => name === "user-agent")?.value ?? "";
  await db.transaction(async (tx) => {
    await recordForPerson(tx, personId, {
      action,
      performedBy: personId,
      details: { ipAddress: request.address, userAgent: userAgent.slice(0, 300) },
    });
    const mail = mailOf(action);
    if (mail === undefined) return;
    const [person] = await tx.select().from(people).where(eq(people.id, personId));
    if (person === undefined) return;
    const at = new Date().toISOString();
    await requestMail(tx, person, mail.template, { ...mail.data, at, ipAddress: request.address });
  });
}

function mailOf(action: string): { template: MailTemplate; data?: Record<string, string> } | undefined {
  switch (action) {
    case "password-changed":
      return { template: "password-changed" };
    case "two-factor-enabled":
      return { template: "two-factor-changed", data: { change: "enabled" } };
    case "two-factor-disabled":
      return { template: "two-factor-changed", data: { change: "disabled" } };
    default:
      return undefined;
  }
}
