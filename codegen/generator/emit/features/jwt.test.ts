import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import {
  type CryptoKey,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWTHeaderParameters,
  SignJWT,
  UnsecuredJWT,
} from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generateProject } from "../../generate-project.js";
import { checkModel } from "../../model/check-model.js";

/** The generated reader of tokens, beside stand-ins for the rest of its service. */
const scratch = mkdtempSync(path.join(tmpdir(), "axion-jwt-"));
const { model } = checkModel({
  services: [{ name: "site", port: 3001, visibility: "public", operations: [{ name: "look", auth: "jwt" }] }],
});
const text = generateProject(model!).find((file) => file.path === "services/site/src/jwt.ts")!.text;
symlinkSync(path.join(import.meta.dirname, "../../../../node_modules"), path.join(scratch, "node_modules"));

type VerifyToken = (token: string) => Promise<{ sub: string }>;

let readers = 0;
async function reader(config: Record<string, string>): Promise<VerifyToken> {
  const folder = path.join(scratch, `reader-${++readers}`);
  mkdirSync(folder);
  writeFileSync(path.join(folder, "jwt.ts"), text);
  writeFileSync(path.join(folder, "config.js"), `export const config = ${JSON.stringify(config)};`);
  writeFileSync(path.join(folder, "log.js"), "export const log = { error() {} };");
  writeFileSync(
    path.join(folder, "problem.js"),
    "export class Problem extends Error { constructor(status) { super(String(status)); } }",
  );
  const module = (await import(pathToFileURL(path.join(folder, "jwt.ts")).href)) as {
    verifyToken: VerifyToken;
  };
  return module.verifyToken;
}

const algorithms = ["RS256", "ES256"] as const;
type Algorithm = (typeof algorithms)[number];
const keys = new Map<Algorithm, { privateKey: CryptoKey; pem: string }>();
let jwks: Server;
let jwksUrl = "";

interface Claims {
  audience?: string;
  expires?: string;
  header?: Partial<JWTHeaderParameters>;
  subject?: string;
}

function token(alg: Algorithm, claims: Claims = {}, key = keys.get(alg)!.privateKey): Promise<string> {
  const { audience = "shop", expires = "5m", header = {}, subject = "ada" } = claims;
  return new SignJWT()
    .setProtectedHeader({ alg, kid: alg, ...header })
    .setSubject(subject)
    .setAudience(audience)
    .setExpirationTime(expires)
    .sign(key);
}

beforeAll(async () => {
  const published: object[] = [];
  for (const alg of algorithms) {
    const { privateKey, publicKey } = await generateKeyPair(alg);
    keys.set(alg, { privateKey, pem: await exportSPKI(publicKey) });
    published.push({ ...(await exportJWK(publicKey)), kid: alg, alg });
  }
  jwks = createServer((_request, response) => response.end(JSON.stringify({ keys: published })));
  await new Promise<void>((resolve) => jwks.listen(0, "127.0.0.1", resolve));
  jwksUrl = `http://127.0.0.1:${(jwks.address() as AddressInfo).port}/jwks.json`;
});

afterAll(() => {
  jwks?.close();
  rmSync(scratch, { recursive: true, force: true });
});

describe.each(algorithms)("a service that knows the public key of %s", (alg) => {
  const configs = {
    JWT_PUBLIC_KEY: () => ({ JWT_PUBLIC_KEY: keys.get(alg)!.pem.replaceAll("\n", "\\n") }),
    JWKS_URL: () => ({ JWKS_URL: jwksUrl }),
  };

  it.each(["JWT_PUBLIC_KEY", "JWKS_URL"] as const)("by %s takes its tokens and no others", async (source) => {
    const verify = await reader({ ...configs[source](), JWT_AUDIENCE: "shop" });
    expect(await verify(await token(alg))).toMatchObject({ sub: "ada" });
    const stranger = (await generateKeyPair(alg)).privateKey;
    const secret = new TextEncoder().encode(keys.get(alg)!.pem);
    const payload = { sub: "ada", aud: "shop", exp: Math.floor(Date.now() / 1000) + 300 };
    const refused = {
      "another audience": await token(alg, { audience: "bank" }),
      expired: await token(alg, { expires: "-1m" }),
      "another key": await token(alg, {}, stranger),
      "no signature": new UnsecuredJWT(payload).encode(),
      "the public key as a secret": await new SignJWT(payload)
        .setProtectedHeader({ alg: "HS256", kid: alg })
        .sign(secret),
      "cut off": (await token(alg)).slice(0, -4),
    };
    for (const [what, given] of Object.entries(refused))
      await expect(verify(given), what).rejects.toThrow("401");
  });
});

it("tells that tokens cannot be checked where the keys cannot be had", async () => {
  const verify = await reader({ JWKS_URL: "http://127.0.0.1:9/jwks.json" });
  await expect(verify(await token("RS256"))).rejects.toThrow("503");
});
