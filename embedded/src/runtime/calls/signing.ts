import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** A secret that the processes of an app share. */
export interface AuthKey {
  id: number;
  key: string;
}

/** What a signature is bound to besides the headers. */
export interface SigningScope {
  appId: string;
  envName: string;
}

/** Header names and values, in lower case names. */
export type MetaHeaders = Map<string, string>;

const SCHEME = "ENCORE1-HMAC-SHA3-256";
const SIGNATURE = "x-encore-meta-svc-auth";
const DATE = "x-encore-meta-date";
const MAX_SKEW_MS = 120_000;
/** The headers that a signature covers, sorted. Trace headers are left out: proxies rewrite them. */
const SIGNED = [
  "x-correlation-id",
  "x-encore-meta-authdata",
  "x-encore-meta-callee",
  "x-encore-meta-caller",
  "x-encore-meta-userid",
  "x-encore-meta-version",
];

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac("sha3-256", key).update(data).digest();
}

/** The digest of what the request claims: its covered headers, as the operation `internal-api` `call`. */
function operationHash(headers: MetaHeaders): string {
  const payload = createHash("sha3-256");
  for (const name of SIGNED) {
    const value = headers.get(name);
    if (value !== undefined) payload.update(`${name}=${value}\n`);
  }
  const digest = payload.digest();
  const length = Buffer.alloc(4);
  length.writeUInt32LE(digest.length);
  return createHash("sha3-256").update("internal-apicall\0").update(length).update(digest).digest("hex");
}

const signingKeys = new Map<string, Buffer>();

/** The key of a day, derived step by step; the last one is remembered. */
function signingKey(key: AuthKey, date: string, scope: SigningScope): Buffer {
  const id = [key.key, date, scope.appId, scope.envName].join("\0");
  let derived = signingKeys.get(id);
  if (!derived) {
    derived = hmac(hmac(hmac(hmac(`ENCORE1${key.key}`, date), scope.appId), scope.envName), "encore_request");
    if (signingKeys.size > 16) signingKeys.clear();
    signingKeys.set(id, derived);
  }
  return derived;
}

function authorization(key: AuthKey, scope: SigningScope, time: Date, operation: string): string {
  const seconds = `${time.toISOString().slice(0, 19)}Z`;
  const date = seconds.slice(0, 10).replaceAll("-", "");
  const credentials = `${date}/${scope.appId}/${scope.envName}/${key.id}`;
  const digest = `${SCHEME}\n${seconds}\n${credentials}\n${operation}`;
  const signature = hmac(signingKey(key, date, scope), digest).toString("hex");
  return `${SCHEME} cred="${credentials}", op=${operation}, sig=${signature}`;
}

/**
 * Signs a call between services, in the official runtime's format, so that both can call each other.
 * Adds the signature and its date to the headers.
 */
export function sign(headers: MetaHeaders, key: AuthKey, scope: SigningScope, now: Date): void {
  headers.set(SIGNATURE, authorization(key, scope, now, operationHash(headers)));
  headers.set(DATE, now.toUTCString());
  headers.set("x-encore-meta-svc-auth-method", "encore-auth");
}

const CREDENTIALS = /^ENCORE1-HMAC-SHA3-256 cred="(\d{8})\/([^/"]*)\/([^/"]*)\/(\d+)"/;

/** Why a signed call is not to be trusted; undefined when it is. */
export function verify(headers: MetaHeaders, keys: readonly AuthKey[], now: Date): string | undefined {
  const given = headers.get(SIGNATURE);
  if (given === undefined) return "no signature";
  const time = new Date(headers.get(DATE) ?? Number.NaN);
  if (Number.isNaN(time.getTime())) return "no date";
  if (Math.abs(now.getTime() - time.getTime()) > MAX_SKEW_MS)
    return "the signature is too old, or the clocks differ";
  const [, , appId = "", envName = "", keyId] = CREDENTIALS.exec(given) ?? [];
  if (keyId === undefined) return "malformed signature";
  const operation = operationHash(headers);
  for (const key of keys) {
    if (key.id !== Number(keyId)) continue;
    const expected = Buffer.from(authorization(key, { appId, envName }, time, operation));
    const actual = Buffer.from(given);
    if (expected.length === actual.length && timingSafeEqual(expected, actual)) return undefined;
  }
  return "the signature does not match";
}
