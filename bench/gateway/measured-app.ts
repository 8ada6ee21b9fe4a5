import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { signUpOwner } from "../../examples/demo/account.ts";
import { copyApp } from "../lib/copy-app.ts";
import { freePort, launch, untilReady } from "../lib/process.ts";

const run = promisify(execFile);

/** A copy of the app that runs, with one tenant whose owner calls. */
export interface MeasuredApp {
  url: string;
  /** The route measured, and the same without the gateway. */
  path: string;
  openPath: string;
  jwt: Record<string, string>;
  apiKey: Record<string, string>;
  /** Connection string of one of its databases, as the owner of the tables. */
  connectionString(database: string): Promise<string>;
  stop(): Promise<void>;
}

/** Starts a copy of the app in `target` with an open route beside the gateway. */
export async function startMeasured(root: string, target: string): Promise<MeasuredApp> {
  await copyApp(root, ".", target);
  await cp(
    join(root, "bench/gateway/__tests__/open-route"),
    join(target, "bench/gateway/measured/open-route"),
    {
      recursive: true,
    },
  );
  const axion = join(root, "node_modules/.bin/axion");
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const running = launch(axion, ["start", "--app", target, "--port", String(port)], {
    cwd: target,
    env: { AXION_LOG: "warn", AXION_DEFAULT_PLAN: "enterprise" },
  });
  try {
    await untilReady(`${url}/api/v1/health`, running, 120);
    return {
      url,
      ...(await newTenant(url)),
      async connectionString(database) {
        const args = ["db", "conn-uri", database, "--app", target, "--role", "owner"];
        return (await run(axion, args, { cwd: target, timeout: 30_000 })).stdout.trim();
      },
      stop: () => running.stop(),
    };
  } catch (error) {
    await running.stop();
    throw error;
  }
}

type Callers = Pick<MeasuredApp, "path" | "openPath" | "jwt" | "apiKey">;

async function newTenant(url: string): Promise<Callers> {
  const password = randomBytes(18).toString("base64url");
  const session = await signUpOwner(url, { email: "owner@measured.example.com", password, slug: "measured" });
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const { tenant } = await call<{ tenant: { id: string } }>(`${url}/api/v1/me`, bearer(session));
  const { token } = await call<{ token: string }>(`${url}/api/v1/auth/token`, bearer(session));
  const made = await call<{ key: string }>(`${url}/api/v1/api-keys`, bearer(session), {
    name: "bench",
    permissions: ["schema:read"],
  });
  const config = `/tenants/${tenant.id}/conversion-config`;
  return {
    path: `/api/v1${config}`,
    openPath: `/open${config}`,
    jwt: bearer(token),
    apiKey: { "x-api-key": made.key },
  };
}

async function call<T>(url: string, headers: Record<string, string>, body?: unknown): Promise<T> {
  const response = await fetch(url, {
    method: body === undefined ? "GET" : "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}
