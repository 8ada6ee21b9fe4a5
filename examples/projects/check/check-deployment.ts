import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { freePort } from "../../../bench/lib/process.ts";
import { signUpOwner } from "../../demo/account.ts";
import { ApiError, connect } from "../../demo/api.ts";
import { AxionCopy } from "./axion.ts";
import { call, expectStatus, until } from "./http.ts";

const deploySeconds = 600;

interface Deployment {
  id: string;
  state: string;
  step?: string;
  errorCode?: string;
  error?: string;
  rolledBackTo?: string;
  services: { name: string; url: string }[];
}

interface Generation {
  id: string;
  state: string;
}

const title = { name: "title", type: "string", required: true };
const service = (entity: object) => ({
  services: [{ name: "notes", port: 3001, visibility: "public", entities: [{ name: "Note", ...entity }] }],
});
const first = service({ fields: [title] });
const withText = service({ fields: [title, { name: "text", type: "string" }] });
/** Cannot be migrated to where two notes have one title. */
const unique = service({
  fields: [
    { ...title, unique: true },
    { name: "text", type: "string" },
  ],
});

/** Deploys a project of one service on this machine, and does to it and to Axion what may happen to them. */
export async function checkDeployment(
  dir: string,
  step: (what: string, run: () => Promise<unknown>) => Promise<void>,
): Promise<void> {
  const axion = new AxionCopy(dir);
  try {
    await step("start Axion", () => axion.make());
    const port = await freePort();
    const project = await Project.make(axion.url);
    const ids: string[] = [];
    const answers = async () => expectStatus(await call(port, "GET", "/notes"), 200).notes.length;
    const add = async () =>
      expectStatus(await call(port, "POST", "/notes", { body: { title: "same" } }), 201);

    await step("a taken port is named", async () => {
      const other = createServer().listen(port, "0.0.0.0");
      await once(other, "listening");
      const { errorCode, error } = await project.deployed("failed", { ports: { notes: port } });
      other.close();
      assert.equal(errorCode, "port_taken");
      assert.match(error!, new RegExp(`${port}.*notes`));
    });
    await step("deploy, call, logs, metrics", async () => {
      const { id, services } = await project.deployed("running", { ports: { notes: port } });
      ids.push(id);
      assert.equal(services[0]!.url, `http://127.0.0.1:${port}`);
      await add();
      await add();
      const log = await project.get<{ lines: string[] }>(`/deployments/${id}/logs/notes`);
      assert.ok(log.lines.length > 0);
      const metrics = await project.get<{ text: string; residentBytes: number }>(
        `/deployments/${id}/metrics/notes`,
      );
      assert.match(metrics.text, /http_request_duration_seconds_count/);
      assert.ok(metrics.residentBytes > 1_000_000);
    });
    await step("a project in use is not deleted, a port in use not given twice", async () => {
      await assert.rejects(project.remove(), (error: ApiError) => /project_in_use/.test(error.message));
      const stranger = await Project.make(axion.url);
      const { errorCode } = await stranger.deployed("failed", { ports: { notes: port } });
      assert.equal(errorCode, "port_taken");
      assert.equal(await answers(), 2);
    });
    await step("stop, restart", async () => {
      await project.post(`/deployments/${ids[0]}/stop`);
      await project.until(ids[0]!, "stopped");
      await assert.rejects(call(port, "GET", "/notes"));
      await project.post(`/deployments/${ids[0]}/restart`);
      await project.until(ids[0]!, "running");
      assert.equal(await answers(), 2);
    });
    await step("a killed service is started again", async () => {
      const [pid] = await axion.processesOf("notes");
      process.kill(pid!, "SIGKILL");
      await until(
        "another process",
        async () => {
          const pids = await axion.processesOf("notes");
          return pids.length === 1 && pids[0] !== pid && (await isUp(answers)) ? true : undefined;
        },
        60,
      );
    });
    await step("unhealthy services give way to those before", async () => {
      await project.change(withText);
      const { id } = await project.deploy({ ports: { notes: port } });
      await axion.breakBuild(id, "notes");
      const { errorCode, rolledBackTo } = await project.until(id, "rolled_back");
      assert.equal(errorCode, "not_healthy");
      assert.equal(rolledBackTo, ids[0]);
      await project.until(ids[0]!, "running");
      assert.equal(await answers(), 2);
    });
    await step("a migration that fails leaves those before as they are", async () => {
      await project.change(unique);
      const [pid] = await axion.processesOf("notes");
      const { errorCode, rolledBackTo } = await project.deployed("rolled_back", {});
      assert.equal(errorCode, "migration_failed");
      assert.equal(rolledBackTo, ids[0]);
      assert.deepEqual(await axion.processesOf("notes"), [pid]);
      assert.equal(await answers(), 2);
    });
    await step("Axion killed in the middle: completed by the next one", async () => {
      const generationId = (await project.generations())[0]!.id;
      const { id } = await project.deploy({ generationId });
      ids.push(id);
      await until(
        "the middle",
        async () => {
          const { step: at } = await project.get<Deployment>(`/deployments/${id}`);
          return at === "install" || at === "build" ? true : undefined;
        },
        60,
      );
      await axion.kill();
      assert.equal(await answers(), 2, "services go on without Axion");
      await axion.start();
      const { services } = await project.until(id, "running");
      const { url } = services[0]!;
      await project.until(ids[0]!, "stopped");
      const { notes } = expectStatus(await call(Number(new URL(url).port), "GET", "/notes"), 200);
      assert.equal(notes.length, 2);
    });
    await step("two at once: one is left; none comes back that was stopped before", async () => {
      const generationId = (await project.generations())[0]!.id;
      const both = [await project.deploy({ generationId }), await project.deploy({ generationId })];
      await project.until(both[1]!.id, "running");
      await project.until(both[0]!.id, "stopped");
      await project.until(ids[1]!, "stopped");
      await until(
        "one process",
        async () => ((await axion.processesOf("notes")).length === 1 ? true : undefined),
        60,
      );
      await project.post(`/deployments/${both[1]!.id}/stop`);
      await project.until(both[1]!.id, "stopped");
      const { id } = await project.deploy({ generationId });
      await axion.breakBuild(id, "notes");
      const failed = await project.until(id, "failed");
      assert.equal(failed.rolledBackTo, undefined);
      assert.deepEqual(await axion.processesOf("notes"), []);
      await project.remove();
    });
  } catch (error) {
    console.error(axion.output());
    throw error;
  } finally {
    await axion.stop();
    await axion.remove();
  }
}

async function isUp(ask: () => Promise<unknown>): Promise<boolean> {
  return await ask().then(
    () => true,
    () => false,
  );
}

/** A project of a tenant of its own, over the public API. */
class Project {
  private readonly api: ReturnType<typeof connect>;
  private readonly url: string;
  private readonly token: string;
  private readonly id: string;

  private constructor(url: string, token: string, id: string) {
    this.api = connect(url, token);
    this.url = url;
    this.token = token;
    this.id = id;
  }

  /** Signs its owner up, creates it and generates it. */
  static async make(url: string): Promise<Project> {
    const slug = `golden-${randomBytes(4).toString("hex")}`;
    const token = await signUpOwner(url, {
      email: `${slug}@example.com`,
      password: randomBytes(18).toString("base64url"),
      slug,
    });
    const { id } = await connect(url, token).post<{ id: string }>("/api/v1/projects", {
      name: "notes",
      model: first,
    });
    const project = new Project(url, token, id);
    await project.generate();
    return project;
  }

  get<T>(path: string): Promise<T> {
    return this.api.get<T>(`/api/v1${path}`);
  }

  post<T>(path: string, body: unknown = {}): Promise<T> {
    return this.api.post<T>(`/api/v1${path}`, body);
  }

  /** Gives it another model and generates that. */
  async change(model: unknown): Promise<void> {
    await this.send("PUT", { model, acceptBreaking: true });
    await this.generate();
  }

  async remove(): Promise<void> {
    await this.send("DELETE");
  }

  /** From the first to the newest. */
  async generations(): Promise<Generation[]> {
    const { generations } = await this.get<{ generations: Generation[] }>(
      `/generations?projectId=${this.id}`,
    );
    return generations.toReversed();
  }

  deploy(request: object): Promise<Deployment> {
    return this.post(`/projects/${this.id}/deployments`, { driver: "local", ...request });
  }

  /** Deploys it and waits for the outcome. */
  async deployed(state: string, request: object): Promise<Deployment> {
    return await this.until((await this.deploy(request)).id, state);
  }

  /** Waits until a deployment has a state. Throws where it ends in another one. */
  until(id: string, state: string): Promise<Deployment> {
    return until(
      `the state ${state}`,
      async () => {
        const deployment = await this.get<Deployment>(`/deployments/${id}`);
        if (deployment.state === state) return deployment;
        if (["failed", "rolled_back"].includes(deployment.state)) throw new Error(JSON.stringify(deployment));
        return undefined;
      },
      deploySeconds,
    );
  }

  private async generate(): Promise<void> {
    const { id } = await this.post<Generation>(`/projects/${this.id}/generate`);
    await until(
      "a generation",
      async () => {
        const { state } = await this.get<Generation>(`/generations/${id}`);
        assert.notEqual(state, "failed");
        return state === "completed" ? true : undefined;
      },
      60,
    );
  }

  private async send(method: string, body?: unknown): Promise<void> {
    const response = await fetch(`${this.url}/api/v1/projects/${this.id}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(60_000),
    });
    if (!response.ok) throw new ApiError(response.status, "refused", await response.text());
  }
}
