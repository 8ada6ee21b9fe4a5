import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { signUpOwner } from "../../examples/demo/account.ts";
import { copyApp } from "../lib/copy-app.ts";
import { embeddedDatabase } from "../lib/embedded-postgres.ts";
import { freePort, launch, untilReady } from "../lib/process.ts";

/** A copy of the app that runs, with two tenants. */
export interface EventApp {
  url: string;
  /** Token of the tenant's owner. */
  token: string;
  /** Headers of an API key that may send events. */
  ingesting: Record<string, string>;
  /** The same of another tenant. */
  flooding: Record<string, string>;
  /** The database in which events are kept. */
  events: string;
  /** Creates one more rule, of which `rule-created` tells. */
  createRule(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a copy of the app in `target`, on the plan with the highest limits. */
export async function startEventApp(root: string, target: string): Promise<EventApp> {
  await copyApp(root, ".", target);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const axion = join(root, "node_modules/.bin/axion");
  const running = launch(axion, ["start", "--app", target, "--port", String(port)], {
    cwd: target,
    env: { AXION_LOG: "warn", AXION_DEFAULT_PLAN: "enterprise" },
  });
  try {
    await untilReady(`${url}/api/v1/health`, running, 120);
    const [token, other] = [await signUp(url, "events"), await signUp(url, "flood")];
    const post = poster(url, token);
    const fields = [{ name: "id", type: "integer" }];
    for (const name of ["readings", "copies"]) {
      await post("/workspace/entities", { name, fields, primaryKey: ["id"] });
    }
    let rules = 0;
    return {
      url,
      token,
      ingesting: await ingestionKey(post),
      flooding: await ingestionKey(poster(url, other)),
      events: await embeddedDatabase(target, "event_management"),
      async createRule() {
        const mappings = [{ target: "id", column: "id" }];
        const entities = { source: { entity: "readings" }, target: { entity: "copies" } };
        const name = `rule ${++rules}`;
        await post("/conversion/rules", { definition: { name, ...entities, naturalKey: ["id"], mappings } });
      },
      stop: () => running.stop(),
    };
  } catch (error) {
    await running.stop();
    throw error;
  }
}

type Post = <T>(path: string, body: object) => Promise<T>;

function signUp(url: string, slug: string): Promise<string> {
  const password = randomBytes(18).toString("base64url");
  return signUpOwner(url, { email: `owner@${slug}.example.com`, password, slug });
}

async function ingestionKey(post: Post): Promise<Record<string, string>> {
  const request = { name: "bench", permissions: ["event:ingest"] };
  return { "x-api-key": (await post<{ key: string }>("/api-keys", request)).key };
}

function poster(url: string, token: string): Post {
  return async <T>(path: string, body: object): Promise<T> => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
}
