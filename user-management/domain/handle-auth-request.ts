import type { Db } from "../db.js";
import type { HandleAuthRequest, HandleAuthResponse } from "../types.js";
import { tellOfFailure, tellOfSuccess } from "./auth-outcomes.js";
import { eventOfRoute, isCallback, isGuessable, isReachable } from "./auth-routes.js";
import { requireDatabase } from "./require-database.js";
import { resetCall, resetForm, resetPageToken, resetResult } from "./reset-page.js";
import { hasSecondFactor, pendingPerson, secondFactorLock, spendCode } from "./second-factor.js";
import {
  type Attempt,
  accountSubject,
  addressSubject,
  beginAttempt,
  forgetFailures,
  type GuardedSubject,
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

/** A request to a sign-in route, and who makes it. */
interface AuthCall {
  route: string;
  /** Whether a password or code can be guessed with it. */
  guarded: boolean;
  email?: string;
  /** The person who is signed in already. */
  person?: string;
  /** The person who gave the right password and is asked for a second factor. */
  pending?: string;
  /** Whether the person who is signed in has a second factor. */
  secondFactor: boolean;
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
  const token = resetPageToken(route, request);
  if (token !== undefined) {
    if (request.method !== "POST") return resetForm();
    return resetResult(await auth.handle(resetCall(auth.basePath, request, token)));
  }
  const call = await readCall(db, auth, { route, request });
  const subjects = call.guarded ? subjectsOf(request.address, call.email) : [];
  const attempt = await beginAttempts(db, subjects);
  if (!attempt.allowed) return tooManyAttempts(attempt.retryAfterSeconds);
  const response = (await isReplay(db, call, request)) ? wrongCode() : await auth.handle(request);
  if (response.status >= 500) await requireDatabase(db);
  if (call.guarded && isWrongGuess(response.status)) {
    await tellOfFailure(db, request, { ...call, failures: attempt.failures });
    return response;
  }
  for (const subject of subjects) await takeBack(db, subject);
  if (response.status === 429) return await withRetryAfter(db, call, response);
  if (response.status >= 400) return response;
  if (call.email !== undefined) await forgetFailures(db, accountSubject(call.email));
  const done = await outcomeOf(auth, call, { request, response });
  if (done !== undefined) await tellOfSuccess(db, request, done);
  return withLivingToken(response);
}

async function readCall(
  db: Db,
  auth: AuthHandler,
  { route, request }: { route: string; request: HandleAuthRequest },
): Promise<AuthCall> {
  const posted = request.method === "POST";
  const guarded = posted && isGuessable(route);
  const email = guarded && route === "/sign-in/email" ? textField(request.body, "email") : undefined;
  // Asked before the call, which may end the session.
  const watched = isCallback(route) || (posted && eventOfRoute(route) !== undefined);
  const person = watched ? await auth.personOf(request) : undefined;
  const pending =
    guarded && person === undefined && email === undefined
      ? await pendingPerson(db, request.headers)
      : undefined;
  const secondFactor = person !== undefined && (await hasSecondFactor(db, person));
  return { route, guarded, email, person, pending, secondFactor };
}

/** Counts one attempt against each subject, or none against any where one of them is blocked. */
async function beginAttempts(db: Db, subjects: GuardedSubject[]): Promise<Attempt> {
  let failures = 0;
  for (const [index, subject] of subjects.entries()) {
    const attempt = await beginAttempt(db, subject);
    if (!attempt.allowed) {
      for (const begun of subjects.slice(0, index)) await takeBack(db, begun);
      return attempt;
    }
    failures = attempt.failures;
  }
  return { allowed: true, failures };
}

async function isReplay(db: Db, { route, pending }: AuthCall, { body }: HandleAuthRequest): Promise<boolean> {
  if (route !== "/two-factor/verify-totp" || pending === undefined) return false;
  const code = textField(body, "code");
  return code !== undefined && !(await spendCode(db, pending, code));
}

/** What a successful call did, and who did it. */
async function outcomeOf(
  auth: AuthHandler,
  call: AuthCall,
  { request, response }: { request: HandleAuthRequest; response: HandleAuthResponse },
): Promise<{ action: string; personId: string } | undefined> {
  const { route, person } = call;
  if (isCallback(route)) return await outcomeOfCallback(auth, call, { request, response });
  let action = request.method === "POST" ? eventOfRoute(route) : undefined;
  if (route === "/two-factor/verify-totp" && person !== undefined) {
    action = call.secondFactor ? undefined : "two-factor-enabled";
  }
  const personId = person ?? call.pending ?? signedInPerson(response.body);
  return action === undefined || personId === undefined ? undefined : { action, personId };
}

/** A provider sent the browser back: with a new session, or to an account that is linked now. */
async function outcomeOfCallback(
  auth: AuthHandler,
  { person }: AuthCall,
  { request, response }: { request: HandleAuthRequest; response: HandleAuthResponse },
): Promise<{ action: string; personId: string } | undefined> {
  const cookies = response.headers.filter(({ name }) => name.toLowerCase() === "set-cookie");
  const session = cookies.find(({ value }) => /^(?:__Secure-)?axion\.session_token=[^;]/.test(value));
  if (session !== undefined) {
    const [cookie = ""] = session.value.split(";", 1);
    const personId = await auth.personOf({ ...request, headers: [{ name: "cookie", value: cookie }] });
    return personId === undefined ? undefined : { action: "signed-in", personId };
  }
  const location = response.headers.find(({ name }) => name.toLowerCase() === "location")?.value ?? "";
  if (person === undefined || /[?&]error=/.test(location)) return undefined;
  return { action: "account-linked", personId: person };
}

/** A change of the second factor begins a new session; the body names the one that has just ended. */
function withLivingToken(response: HandleAuthResponse): HandleAuthResponse {
  const given = response.headers.find(({ name }) => name === "set-auth-token")?.value;
  const body = given === undefined ? undefined : parseObject(response.body);
  if (given === undefined || typeof body?.token !== "string") return response;
  return { ...response, body: JSON.stringify({ ...body, token: given.split(".", 1)[0] }) };
}

async function withRetryAfter(
  db: Db,
  { pending }: AuthCall,
  response: HandleAuthResponse,
): Promise<HandleAuthResponse> {
  const told = response.headers.find(({ name }) => name === "x-retry-after")?.value;
  const locked =
    told === undefined && pending !== undefined ? await secondFactorLock(db, pending) : undefined;
  const seconds = told ?? String(locked ?? 60);
  return { ...response, headers: [...response.headers, { name: "retry-after", value: seconds }] };
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

/** As Better Auth answers a wrong one. */
function wrongCode(): HandleAuthResponse {
  return {
    status: 401,
    headers: [{ name: "content-type", value: "application/json" }],
    body: JSON.stringify({ message: "Invalid code", code: "INVALID_CODE" }),
  };
}

function answer(status: number, code: string, message: string): HandleAuthResponse {
  return {
    status,
    headers: [{ name: "content-type", value: "application/json" }],
    body: JSON.stringify({ code, message, details: null }),
  };
}
