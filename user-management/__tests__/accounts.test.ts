import { eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { user_management } from "~encore/clients";
import "../../event-management/subscriptions/log-audit.js";
import "../../event-management/subscriptions/send-mails.js";
import { db } from "../db.js";
import "../outbox-relay.js";
import { sessions, signInFailures, twoFactors } from "../schema.js";
import type { HandleAuthResponse } from "../types.js";
import { auditedActions, mailTo } from "./support/mailbox.js";
import {
  authCall,
  identityOf,
  password,
  signIn,
  signUp,
  signUpOwner,
  submitForm,
} from "./support/sign-up.js";
import { totpCode } from "./support/totp.js";

const ended = { code: "unauthenticated" };
const newPassword = "a quite different passphrase";
const bodyOf = <T>({ body }: HandleAuthResponse) => JSON.parse(body) as T;
const signInAnswer = (email: string, guess = password) =>
  authCall("/sign-in/email", { body: { email, password: guess } });

describe("a password reset", () => {
  it("gives a new password by the mailed link, once, and ends all sessions", async () => {
    const owner = await signUpOwner();
    const { token: jwt } = bodyOf<{ token: string }>(await authCall("/token", { token: owner.token }));
    expect(jwt.split(".")).toHaveLength(3);
    await authCall("/request-password-reset", { body: { email: owner.email } });
    const { links } = await mailTo(owner.email, "reset-password");
    const token = new URL(links[0]!).pathname.split("/").at(-1);
    const reset = (text: string) => authCall("/reset-password", { body: { newPassword: text, token } });
    expect((await reset("short")).status).toBe(400);
    expect((await reset(newPassword)).status).toBe(200);
    expect((await reset("yet another passphrase")).status).toBe(400);
    await expect(identityOf(owner.token)).rejects.toMatchObject(ended);
    expect((await signInAnswer(owner.email)).status).toBe(401);
    expect((await signInAnswer(owner.email, newPassword)).status).toBe(200);
    await mailTo(owner.email, "password-changed");
    await auditedActions(owner.authData, "password-reset", "sign-in-failed", "signed-in");
  });

  it("works in a browser that follows the link", async () => {
    const { email } = await signUp();
    await authCall("/request-password-reset", { body: { email } });
    const { links } = await mailTo(email, "reset-password");
    const route = new URL(links[0]!).pathname.replace("/api/v1/auth", "");
    expect((await authCall(route)).body).toContain('<form method="post">');
    const submit = (text: string) => submitForm(route, { newPassword: text });
    expect(await submit("short")).toMatchObject({ status: 400 });
    expect(await submit(newPassword)).toMatchObject({ status: 200 });
    expect((await submit("yet another passphrase")).body).toContain("used already");
    expect((await signInAnswer(email, newPassword)).status).toBe(200);
  });
});

describe("sessions", () => {
  it("are listed and revoked, and end the tokens that were made of them", async () => {
    const { email, token } = await signUp();
    const other = await signIn(email);
    const listed = bodyOf<{ token: string }[]>(await authCall("/list-sessions", { token }));
    expect(listed.map((session) => session.token).sort()).toEqual([token, other.token].sort());
    const [session] = await db.select().from(sessions).where(eq(sessions.token, other.token));
    const access = { userId: other.userId, sessionId: session!.id, tenantId: "" };
    expect(await user_management.verifyAccess(access)).toMatchObject({ userID: other.userId });
    await authCall("/revoke-session", { token, body: { token: other.token } });
    await expect(identityOf(other.token)).rejects.toMatchObject(ended);
    await expect(user_management.verifyAccess(access)).rejects.toMatchObject(ended);
    expect(await identityOf(token)).toMatchObject({ userID: other.userId });
  });

  it("begin anew with a new password, and the other ones end", async () => {
    const owner = await signUpOwner();
    const other = await signIn(owner.email);
    const changed = await authCall("/change-password", {
      token: owner.token,
      body: { currentPassword: password, newPassword, revokeOtherSessions: true },
    });
    const { token } = bodyOf<{ token: string }>(changed);
    expect(token).not.toBe(owner.token);
    for (const old of [owner.token, other.token]) await expect(identityOf(old)).rejects.toMatchObject(ended);
    expect(await identityOf(token)).toMatchObject({ userID: owner.userId });
    await mailTo(owner.email, "password-changed");
    await auditedActions(owner.authData, "password-changed");
  });

  it("end with their time", async () => {
    const { token } = await signUp();
    await db
      .update(sessions)
      .set({ expiresAt: new Date(Date.now() - 1_000) })
      .where(eq(sessions.token, token));
    await expect(identityOf(token)).rejects.toMatchObject(ended);
  });
});

/** A person with a second factor: their authenticator's secret, their backup codes, and a live session. */
async function withSecondFactor() {
  const owner = await signUpOwner();
  const enabled = bodyOf<{ totpURI: string; backupCodes: string[] }>(
    await authCall("/two-factor/enable", { token: owner.token, body: { password } }),
  );
  const secret = new URL(enabled.totpURI).searchParams.get("secret")!;
  const confirmed = await authCall("/two-factor/verify-totp", {
    token: owner.token,
    body: { code: totpCode(secret) },
  });
  const { token } = bodyOf<{ token: string }>(confirmed);
  return { owner, secret, backupCodes: enabled.backupCodes, old: owner.token, token };
}

/** Gives the right password, and returns what asks for the second factor. */
async function askedForCode(email: string) {
  const answer = await signInAnswer(email);
  expect(bodyOf(answer)).toMatchObject({ twoFactorRedirect: true });
  const cookies = answer.headers
    .filter(({ name, value }) => name === "set-cookie" && /^[^=]+=[^;]/.test(value))
    .map(({ value }) => value.split(";", 1)[0]);
  const headers = { cookie: cookies.join("; "), origin: "http://localhost:4000" };
  return {
    headers,
    answer: (route: string, code: string) => authCall(`/two-factor/${route}`, { headers, body: { code } }),
  };
}

describe("a second factor", () => {
  it("begins with a confirmed code, a new session and a mail", async () => {
    const { owner, old, token } = await withSecondFactor();
    expect(await identityOf(token)).toMatchObject({ userID: owner.userId, tenantId: owner.tenant.id });
    await expect(identityOf(old)).rejects.toMatchObject(ended);
    expect((await mailTo(owner.email, "two-factor-changed")).subject).toContain("on");
    await auditedActions(owner.authData, "two-factor-prepared", "two-factor-enabled");
  });

  it("is asked for at sign-in: the password alone opens nothing", async () => {
    const { owner, secret } = await withSecondFactor();
    const asked = await askedForCode(owner.email);
    const request = { kind: "cookie" as const, credential: asked.headers.cookie };
    await expect(user_management.verifyCredential(request)).rejects.toMatchObject(ended);
    expect((await asked.answer("verify-totp", "000000")).status).toBe(401);
    const signedIn = await asked.answer("verify-totp", totpCode(secret));
    expect(signedIn.status).toBe(200);
    const { token } = bodyOf<{ token: string }>(signedIn);
    expect(await identityOf(token)).toMatchObject({ tenantId: owner.tenant.id });
    await auditedActions(owner.authData, "sign-in-failed", "signed-in");
  });

  it("takes no code twice, neither in the same sign-in nor in another one", async () => {
    const { owner, secret } = await withSecondFactor();
    const code = totpCode(secret);
    const [first, second] = [await askedForCode(owner.email), await askedForCode(owner.email)];
    expect((await first.answer("verify-totp", code)).status).toBe(200);
    expect((await first.answer("verify-totp", code)).status).toBe(401);
    expect((await second.answer("verify-totp", code)).status).toBe(401);
    expect((await second.answer("verify-totp", totpCode(secret, 1))).status).toBe(200);
  });

  it("gives way to a backup code, which works once", async () => {
    const { owner, backupCodes } = await withSecondFactor();
    const code = backupCodes[0]!;
    const asked = await askedForCode(owner.email);
    expect((await asked.answer("verify-backup-code", "wrong-code0")).status).toBe(401);
    expect((await asked.answer("verify-backup-code", code)).status).toBe(200);
    const again = await askedForCode(owner.email);
    expect((await again.answer("verify-backup-code", code)).status).toBe(401);
  });

  it("locks after ten wrong codes, tells the person, and says when to try again", async () => {
    const { owner, secret } = await withSecondFactor();
    await db
      .update(twoFactors)
      .set({ failedVerificationCount: 9 })
      .where(eq(twoFactors.userId, owner.userId));
    const asked = await askedForCode(owner.email);
    expect((await asked.answer("verify-totp", "000000")).status).toBe(401);
    const locked = await asked.answer("verify-totp", totpCode(secret));
    expect(locked.status).toBe(429);
    const wait = locked.headers.find(({ name }) => name === "retry-after")?.value;
    expect(Number(wait)).toBeGreaterThan(800);
    await mailTo(owner.email, "sign-in-locked");
    await auditedActions(owner.authData, "sign-in-locked");
  });

  it("ends with the password, and a mail says so", async () => {
    const { owner, token } = await withSecondFactor();
    expect((await authCall("/two-factor/disable", { token, body: { password } })).status).toBe(200);
    await signIn(owner.email);
    await auditedActions(owner.authData, "two-factor-disabled");
  });
});

describe("an account that is guessed at", () => {
  it("is locked, and its person is told by mail, with the answers that an unknown address gets", async () => {
    const owner = await signUpOwner();
    const unknown = `nobody-${owner.email}`;
    const statuses: Record<string, unknown[]> = { [owner.email]: [], [unknown]: [] };
    for (let guess = 0; guess < 6; guess++) {
      // The tenth failure locks: the test leaves some out.
      const counted = guess < 5 ? {} : { failures: 9 };
      await db.update(signInFailures).set({ blockedUntil: null, ...counted });
      for (const email of [owner.email, unknown]) {
        const { status, body } = await signInAnswer(email, `wrong guess ${guess}`);
        statuses[email]!.push(status, body);
      }
    }
    expect(statuses[owner.email]).toEqual(statuses[unknown]);
    for (const email of [owner.email, unknown]) {
      const locked = await signInAnswer(email);
      expect(locked.status).toBe(429);
      const wait = Number(locked.headers.find(({ name }) => name === "retry-after")?.value);
      expect(wait).toBeGreaterThan(800);
    }
    await mailTo(owner.email, "sign-in-locked");
    await auditedActions(owner.authData, "sign-in-failed", "sign-in-locked");
    await authCall("/request-password-reset", { body: { email: owner.email } });
    const { links } = await mailTo(owner.email, "reset-password");
    const token = new URL(links[0]!).pathname.split("/").at(-1);
    await authCall("/reset-password", { body: { newPassword, token } });
    expect((await signInAnswer(owner.email, newPassword)).status).toBe(200);
  });
});

describe("a page of another origin", () => {
  const evil = { origin: "https://evil.example" };

  it("cannot use the browser's cookie at the sign-in routes", async () => {
    const { email } = await signUp();
    const answer = await signInAnswer(email);
    const cookie = answer.headers.find(({ name }) => name === "set-cookie")!.value.split(";", 1)[0]!;
    const signOut = (headers: Record<string, string>) => authCall("/sign-out", { body: {}, headers });
    expect((await signOut({ cookie, ...evil })).status).toBe(403);
    expect((await signOut({ cookie })).status).toBe(403);
    expect((await signOut({ cookie, origin: "http://localhost:3000" })).status).toBe(200);
  });

  it("is not where links lead", async () => {
    const { email } = await signUp();
    const redirectTo = "https://evil.example/reset";
    const asked = await authCall("/request-password-reset", { body: { email, redirectTo } });
    expect(asked.status).toBe(403);
  });
});
