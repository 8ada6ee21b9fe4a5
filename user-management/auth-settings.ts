import { appMeta } from "encore.dev";
import { secret } from "encore.dev/config";
import { isLocalDevelopment } from "../shared/environment.js";
import { optionalSecret } from "../shared/secrets/optional-secret.js";
import { requireConfigured, resolveServiceKey } from "../shared/secrets/service-keys.js";
import { db } from "./db.js";
import { parseProviders, type SignInProviders } from "./domain/sign-in-providers.js";

const authSecret = secret("AuthSecret");
const publicUrl = secret("PublicUrl");
const trustedOrigins = secret("TrustedOrigins");
const signInProviders = secret("SignInProviders");

const configuredSecret = optionalSecret(authSecret) ?? "";
requireConfigured("AuthSecret", configuredSecret);

/** What sign-in is configured with. */
export interface AuthSettings {
  /** Signs cookies and mailed links, encrypts private keys. */
  secret: string;
  /** Address under which the public API is reached, without a slash at the end. */
  publicUrl: string;
  /** Origins whose pages may use a session cookie. */
  trustedOrigins: string[];
  providers: SignInProviders;
}

/** Reads the settings. Throws, naming the secret, where one is missing or malformed. */
export async function authSettings(): Promise<AuthSettings> {
  const key = await resolveServiceKey(db, "AuthSecret", configuredSecret);
  const url = (optionalSecret(publicUrl) ?? appMeta().apiBaseUrl).replace(/\/+$/, "");
  if (!URL.canParse(url)) throw new Error(`Secret PublicUrl: expected an http(s) address, got "${url}".`);
  const listed = (optionalSecret(trustedOrigins) ?? "").split(",").flatMap((origin) => origin.trim() || []);
  return {
    secret: Buffer.from(key.bytes).toString("base64url"),
    publicUrl: url,
    trustedOrigins: [
      new URL(url).origin,
      ...listed.map(originOf),
      ...(isLocalDevelopment() ? ["http://localhost:*", "http://127.0.0.1:*"] : []),
    ],
    providers: parseProviders(optionalSecret(signInProviders)),
  };
}

function originOf(listed: string): string {
  if (!URL.canParse(listed)) {
    throw new Error(`Secret TrustedOrigins: expected origins separated by commas, got "${listed}".`);
  }
  return new URL(listed).origin;
}
