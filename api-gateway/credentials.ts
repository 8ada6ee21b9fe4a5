import type { CredentialKind } from "../user-management/types.js";

/** Beginning of every API key. */
const apiKeyPrefix = "axk_";
const longestCredential = 4096;

/** What a caller presented to prove who they are. */
export interface Credential {
  kind: CredentialKind | "cookie";
  value: string;
}

/** The places where a credential may stand. */
export interface PresentedCredentials {
  authorization?: string;
  apiKey?: string;
  /** Values of the session cookie, by the cookie's name. */
  cookies: Record<string, string | undefined>;
}

/**
 * The credential of a request: `X-API-Key` counts before `Authorization`, and that before a cookie. Undefined where
 * there is none that could be valid.
 */
export function presentedCredential({
  authorization,
  apiKey,
  cookies,
}: PresentedCredentials): Credential | undefined {
  const credential =
    apiKey !== undefined
      ? { kind: "api-key" as const, value: apiKey.trim() }
      : authorization !== undefined
        ? bearerCredential(authorization)
        : cookieCredential(cookies);
  return credential !== undefined && credential.value.length <= longestCredential ? credential : undefined;
}

function bearerCredential(authorization: string): Credential | undefined {
  const value = /^Bearer +([^\s,]+)$/i.exec(authorization)?.[1];
  if (value === undefined) return undefined;
  if (value.startsWith(apiKeyPrefix)) return { kind: "api-key", value };
  return { kind: value.split(".").length === 3 ? "jwt" : "session", value };
}

function cookieCredential(cookies: Record<string, string | undefined>): Credential | undefined {
  for (const [name, value] of Object.entries(cookies)) {
    if (value === undefined || value === "") continue;
    return { kind: "cookie", value: `${name}=${encodeURIComponent(decoded(value))}` };
  }
  return undefined;
}

/** Hosts hand a cookie over as it came, or decoded. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
