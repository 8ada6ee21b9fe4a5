import { eq } from "drizzle-orm";
import type { Db } from "../db.js";
import { people } from "../schema.js";
import type { HandleAuthRequest, HandleAuthResponse } from "../types.js";
import { requestMail } from "./account-mails.js";
import { eventOfRoute, isGuessable, isReachable } from "./auth-routes.js";
import { recordForPerson } from "./security-events.js";
import {
  accountSubject,
  addressSubject,
  beginAttempt,
  forgetFailures,
  type GuardedSubject,
  lockedAfter,
  takeBack,
} from "./sign-in-guard.js";

/** What of Better Auth the use case needs. */
export interface AuthHandler {
  /** Path under which Better Auth answers. */
  basePath: string;
  handle(request: HandleAuthRequest): Promise<HandleAuthResponse>;
  /** The person whose session the request carries. */
  personOf(request: HandleAuthRequest): Promise<string | undefined>;
}

/**
 * Answers a request to the sign-in routes: hands it to Better Auth, slowed and locked where passwords or codes are
 * guessed, and tells the audit log of what came out.
 */
export async function handleAuthRequest(
  db: Db,
  auth: AuthHandler,
  request: HandleAuthRequest,
): Promise<HandleAuthResponse> {
  const route = routeOf(auth.basePath, request.path);
  if (!isReachable(route)) return answer(404, "not_found", "There is no such route.");
  const guarded = request.method === "POST" && isGuessable(route);
  const email = guarded && route === "/sign-in/email" ? textField(request.body, "email") : undefined;
  const subjects = guarded ? subjectsOf(request.address, email) : [];
  const action = request.method === "POST" ? eventOfRoute(route) : undefined;
  // Asked before the call, which may end the session.
  const before = action === undefined ? undefined : await auth.personOf(request);

  let failures = 0;
  for (const [index, subject] of subjects.entries()) {
    const attempt = await beginAttempt(db, subject);
    if (attempt.allowed) {
      failures = attempt.failures;
      continue;
    }
    for (const begun of subjects.slice(0, index)) await takeBack(db, begun);
    return tooManyAttempts(attempt.retryAfterSeconds);
  }
  const response = await auth.handle(request);
  if (guarded && isWrongGuess(response.status)) {
    if (email !== undefined) await tellOfFailure(db, request, email, failures);
    return response;
  }
  for (const subject of subjects) await takeBack(db, subject);
  if (response.status >= 400) return response;
  if (email !== undefined) await forgetFailures(db, accountSubject(email));
  const person = before ?? signedInPerson(response.body);
  if (action !== undefined && person !== undefined) await tellOfSuccess(db, request, { action, person });
  return response;
}

function routeOf(basePath: string, path: string): string {
  const [withoutQuery = ""] = path.split("?", 1);
  return withoutQuery.startsWith(`${basePath}/`) ? withoutQuery.slice(basePath.length) : "";
}

/** The address comes first: one that guesses at many accounts does not lock them. */
function subjectsOf(address: string, email: string | undefined): GuardedSubject[] {
  return [addressSubject(address), ...(email === undefined ? [] : [accountSubject(email)])];
}

/** 403 means that the password was right and something else is missing. */
function isWrongGuess(status: number): boolean {
  return status === 400 || status === 401;
}

async function tellOfFailure(
  db: Db,
  request: HandleAuthRequest,
  email: string,
  failures: number,
): Promise<void> {
  const [person] = await db.select().from(people).where(eq(people.email, email.trim().toLowerCase()));
  if (person === undefined) return;
  const details = { email: person.email, ipAddress: request.address, failures };
  await db.transaction(async (tx) => {
    await recordForPerson(tx, person.id, { action: "sign-in-failed", performedBy: "system", details });
    if (failures !== lockedAfter) return;
    await recordForPerson(tx, person.id, { action: "sign-in-locked", performedBy: "system", details });
    await requestMail(tx, person, "sign-in-locked", { minutes: "15", ipAddress: request.address });
  });
}

async function tellOfSuccess(
  db: Db,
  request: HandleAuthRequest,
  { action, person }: { action: string; person: string },
): Promise<void> {
  const userAgent = request.headers.find(({ name }) => name === "user-agent")?.value ?? "";
  await db.transaction(async (tx) => {
    await recordForPerson(tx, person, {
      action,
      performedBy: person,
      details: { ipAddress: request.address, userAgent: userAgent.slice(0, 300) },
    });
    if (action !== "password-changed" && action !== "two-factor-disabled") return;
    const [receiver] = await tx.select().from(people).where(eq(people.id, person));
    if (receiver === undefined) return;
    const at = new Date().toISOString();
    if (action === "password-changed") {
      await requestMail(tx, receiver, "password-changed", { at, ipAddress: request.address });
    } else {
      await requestMail(tx, receiver, "two-factor-changed", { at, change: "disabled" });
    }
  });
}

/** Whom an answer signs in. One that asks for a second factor signs nobody in. */
function signedInPerson(body: string): string | undefined {
  const parsed = parseObject(body);
  const user = parsed?.user;
  if (typeof parsed?.token !== "string" || typeof user !== "object" || user === null) return undefined;
  return "id" in user && typeof user.id === "string" ? user.id : undefined;
}

function textField(body: string, name: string): string | undefined {
  const value = parseObject(body)?.[name] ?? new URLSearchParams(body).get(name);
  return typeof value === "string" ? value.slice(0, 320) : undefined;
}

function parseObject(body: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function tooManyAttempts(retryAfterSeconds: number): HandleAuthResponse {
  const limited = answer(429, "resource_exhausted", "Too many attempts; try again later.");
  limited.headers.push({ name: "retry-after", value: String(retryAfterSeconds) });
  return limited;
}

function answer(status: number, code: string, message: string): HandleAuthResponse {
  return {
    status,
    headers: [{ name: "content-type", value: "application/json" }],
    body: JSON.stringify({ code, message, details: null }),
  };
}
