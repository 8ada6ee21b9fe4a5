import { randomBytes } from "node:crypto";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import Provider from "oidc-provider";

const mostSteps = 20;

/** An OpenID Connect server whose users are whoever they say: `ada` has the address `ada@corp.example`. */
export interface OidcServer {
  /** For the secret `SignInProviders`. */
  provider: { providerId: string; discoveryUrl: string; clientId: string; clientSecret: string };
  /** Makes the one client, which may send its users back to this address. */
  allow(redirectUri: string): void;
  /** Signs `login` in at the address that the client sent the browser to; where the browser is sent back to. */
  signIn(url: string, login: string): Promise<string>;
  stop(): Promise<void>;
}

/** Starts the server on a port of its own. Addresses of users whose name begins with `new` are not verified. */
export async function startOidcServer(): Promise<OidcServer> {
  let handle: RequestListener = (_, response) => response.writeHead(503).end();
  const server = createServer((request, response) => handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clientSecret = randomBytes(24).toString("hex");
  return {
    provider: {
      providerId: "corp",
      discoveryUrl: `${issuer}/.well-known/openid-configuration`,
      clientId: "axion",
      clientSecret,
    },
    allow(redirectUri) {
      const provider = new Provider(issuer, {
        clients: [{ client_id: "axion", client_secret: clientSecret, redirect_uris: [redirectUri] }],
        claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
        cookies: { keys: [randomBytes(16).toString("hex")] },
        findAccount: (_, login) => ({
          accountId: login,
          claims: () => ({
            sub: login,
            name: login,
            email: `${login}@corp.example`,
            email_verified: !login.startsWith("new"),
          }),
        }),
      });
      handle = provider.callback();
    },
    signIn: (url, login) => signInAt(issuer, url, login),
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Does what a browser and its user do: follows redirects, keeps cookies, fills in the forms. */
async function signInAt(issuer: string, url: string, login: string): Promise<string> {
  const cookies = new Map<string, string>();
  let next: { url: string; form?: Record<string, string> } = { url };
  for (let step = 0; step < mostSteps; step++) {
    if (!next.url.startsWith(issuer)) return next.url;
    const response = await fetch(next.url, {
      method: next.form === undefined ? "GET" : "POST",
      body: next.form && new URLSearchParams(next.form),
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") },
      redirect: "manual",
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (name !== undefined && value !== undefined) cookies.set(name, value);
    }
    const page = await response.text();
    const location = response.headers.get("location");
    const action = /<form[^>]*action="([^"]+)"/.exec(page)?.[1];
    if (location !== null) next = { url: new URL(location, next.url).toString() };
    else if (action === undefined) throw new Error(`neither form nor redirect: ${response.status} ${page}`);
    else {
      const prompt = /name="prompt" value="([^"]+)"/.exec(page)?.[1] ?? "";
      next = { url: new URL(action, next.url).toString(), form: { prompt, login, password: "any" } };
    }
  }
  throw new Error(`no end after ${mostSteps} steps`);
}
