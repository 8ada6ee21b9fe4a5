import { request } from "node:http";
import { generateKeyPair, SignJWT } from "jose";
import postgres from "postgres";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { ensurePostgres } from "../../../embedded/src/providers/postgres/index.js";
import { call, succeed } from "../support/call.js";
import { newOrganization, type Organization } from "../support/callers-over-http.js";
import type { StartedApp } from "../support/started-app.js";

/** Forged and smuggled credentials, headers and bodies, and databases that go away. */
export function faultTests(app: () => StartedApp): void {
  let ours: Organization;
  let theirs: Organization;
  let token: string;

  beforeAll(async () => {
    ours = await newOrganization(app().url, "one");
    theirs = await newOrganization(app().url, "other");
    const { headers } = ours.callers[0]!;
    ({ token } = await succeed<{ token: string }>(app().url, {
      method: "GET",
      path: "/api/v1/auth/token",
      headers,
    }));
  });

  const me = (headers: Record<string, string>) =>
    call(app().url, { method: "GET", path: "/api/v1/me", headers });
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claimsOf = (jwt: string) => JSON.parse(Buffer.from(jwt.split(".")[1]!, "base64url").toString());
  const headerOf = (jwt: string) => JSON.parse(Buffer.from(jwt.split(".")[0]!, "base64url").toString());

  describe("a JSON Web Token", () => {
    it("lets its bearer in", async () => {
      expect((await me({ authorization: `Bearer ${token}` })).status).toBe(200);
    });

    it("lets nobody in who changed or forged it, and does not say what was wrong", async () => {
      const claims = claimsOf(token);
      const header = headerOf(token);
      const { privateKey } = await generateKeyPair("EdDSA");
      const signed = (payload: object) =>
        new SignJWT({ ...payload }).setProtectedHeader(header).sign(privateKey);
      const [, , signature] = token.split(".");
      const forged = [
        `${part({ alg: "none" })}.${part(claims)}.`,
        `${part({ ...header, alg: "none" })}.${part(claims)}.${signature}`,
        await new SignJWT(claims)
          .setProtectedHeader({ ...header, alg: "HS256" })
          .sign(Buffer.from(header.kid)),
        await signed(claims),
        await signed({ ...claims, iss: "https://elsewhere.example.com" }),
        await signed({ ...claims, exp: 1 }),
        `${part(header)}.${part({ ...claims, tenant: theirs.tenantId })}.${signature}`,
        `${part(header)}.${part({ ...claims, exp: claims.exp + 3600 })}.${signature}`,
        token.slice(0, -6),
        "a.b.c",
        "..",
      ];
      const answers = await Promise.all(forged.map((jwt) => me({ authorization: `Bearer ${jwt}` })));
      expect(answers.map(({ status }) => status)).toEqual(forged.map(() => 401));
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    });
  });

  describe("headers and bodies from outside", () => {
    it("do not change who calls, or for which tenant", async () => {
      const authorization = ours.callers[0]!.headers.authorization!;
      const plain = await me({ authorization });
      const others = ["x-tenant-id", "x-axion-tenant", "x-user-id", "x-encore-user-id", "x-forwarded-user"];
      const internal = {
        "x-encore-auth": "1",
        "x-encore-meta-userid": "someone",
        "x-encore-meta-authdata": JSON.stringify({ userID: "x", tenantId: theirs.tenantId, permissions: [] }),
        "x-encore-caller": "api:user-management.getPerson",
      };
      const extra = Object.fromEntries(others.map((name) => [name, theirs.tenantId]));
      const smuggled = await me({ authorization, ...extra, ...internal });
      expect([smuggled.status, smuggled.text]).toEqual([plain.status, plain.text]);
      expect((await me({ ...extra, ...internal })).status).toBe(401);

      const body = {
        name: "smuggled",
        tenantId: theirs.tenantId,
        model: { services: [{ name: "a", port: 1 }] },
      };
      await call(app().url, { method: "POST", path: "/api/v1/projects", headers: { authorization }, body });
      const { headers } = theirs.callers[0]!;
      const listed = await call(app().url, { method: "GET", path: "/api/v1/projects", headers });
      expect(listed.json).toEqual({ projects: [] });
    });

    it("with two credentials are refused or mean one of them, never a mixture", async () => {
      const [one, other] = [ours, theirs].map(({ callers }) => callers[0]!.headers.authorization!);
      const { status } = await me({ authorization: `${one}, ${other}` });
      expect(status).toBe(401);
    });

    it("of 10 MB are refused, and the next request is answered", async () => {
      const outcome = await new Promise<number | string>((resolve) => {
        const big = request(
          `${app().url}/api/v1/me`,
          { headers: { "x-big": "x".repeat(10_000_000) } },
          (answer) => {
            answer.resume();
            resolve(answer.statusCode!);
          },
        );
        big.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
        big.end();
      });
      expect([431, "ECONNRESET", "EPIPE"]).toContain(outcome);
      expect((await me(ours.callers[0]!.headers)).status).toBe(200);
    });
  });

  describe("while one database is down", () => {
    it("what does not need it goes on, and the rest is back when it is", { timeout: 60_000 }, async () => {
      const server = await ensurePostgres({ appDir: app().appDir, log: () => {} });
      const admin = postgres(server.adminUrl, { max: 1, onnotice: () => {} });
      const { headers } = ours.callers[0]!;
      const status = async (path: string) => (await call(app().url, { method: "GET", path, headers })).status;
      try {
        await admin`alter database projects with allow_connections false`;
        await admin`select pg_terminate_backend(pid) from pg_stat_activity where datname = 'projects'`;
        expect(await status("/api/v1/projects")).toBeGreaterThanOrEqual(500);
        for (const path of ["/health", "/me", "/conversion/rules", "/audit/entries", "/notifications"])
          expect([path, await status(`/api/v1${path}`)]).toEqual([path, 200]);
        await admin`alter database projects with allow_connections true`;
        await vi.waitFor(async () => expect(await status("/api/v1/projects")).toBe(200), { timeout: 20_000 });
      } finally {
        await admin.end();
        await server.release();
      }
    });
  });
}
