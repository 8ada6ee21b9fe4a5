import { access, chmod, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { LocalSettings } from "../../deployment-settings.js";
import type { GeneratedFile } from "../../generator/generated-file.js";
import { hasDatabase } from "../../generator/model/has-database.js";
import type { ProjectModel, ServiceModel } from "../../generator/model/schema.js";
import { databaseName } from "../../generator/views/docker-config.js";
import { ensureDatabase, serverDatabase } from "./databases.js";
import { DeploymentFailure } from "./deployment-failure.js";
import {
  type DeploymentOwner,
  deploymentFolder,
  filesOf,
  projectSecrets,
  readEnvironment,
  readText,
} from "./folders.js";
import { findProcesses, startService } from "./processes.js";
import { lastWords, runCommand } from "./run-command.js";
import { commandEnvironment, serviceEnvironment } from "./service-environment.js";

const installMs = 600_000;
const buildMs = 300_000;
const migrateMs = 120_000;
const readyMs = 60_000;
const askMs = 2_000;

/** The services of one deployment as processes of this machine. */
export class LocalServices {
  readonly folder: string;
  private readonly files: ReturnType<typeof filesOf>;

  constructor(
    private readonly settings: LocalSettings,
    private readonly owner: DeploymentOwner,
    readonly model: ProjectModel,
  ) {
    this.folder = deploymentFolder(settings.folder, owner);
    this.files = filesOf(this.folder);
  }

  /** The log of a service, or of a step: `install`, `build`, `migrate`. */
  logFile(source: string): string {
    return path.join(this.files.logs, `${source}.log`);
  }

  /** Whether packages are installed and services built: what was done once is not done again. */
  async isBuilt(): Promise<boolean> {
    return (await readText(this.files.installed)) !== undefined;
  }

  /** Writes the project's files, in place of what an earlier attempt left. */
  async unpack(files: Iterable<GeneratedFile>): Promise<void> {
    await rm(this.files.app, { recursive: true, force: true });
    for (const { path: name, text, executable } of files) {
      const file = path.join(this.files.app, ...name.split("/"));
      await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
      await writeFile(file, text, { mode: executable ? 0o755 : 0o644 });
    }
  }

  /** Installs the packages that the project names. */
  async install(signal: AbortSignal): Promise<void> {
    // Versions are exact: what npm has in its cache is as good as what the registry would say.
    const args = ["install", "--prefer-offline", "--no-audit", "--no-fund", "--no-progress"];
    await this.command("npm", args, {
      source: "install",
      code: "install_failed",
      timeoutMs: installMs,
      signal,
    });
  }

  /** Builds the services. */
  async build(signal: AbortSignal): Promise<void> {
    await this.command("npm", ["run", "build"], {
      source: "build",
      code: "build_failed",
      timeoutMs: buildMs,
      signal,
    });
    await writeFile(this.files.installed, "");
  }

  /** Makes the databases of the services. Returns service → address. */
  async databases(): Promise<Map<string, string>> {
    const { databasePassword: password } = await projectSecrets(this.settings.folder, this.owner);
    const urls = new Map<string, string>();
    for (const service of this.model.services.filter(hasDatabase)) {
      const name = serverDatabase(this.owner.projectId, databaseName(service));
      urls.set(service.name, await ensureDatabase(this.settings, { name, password }));
    }
    return urls;
  }

  /** Brings the databases up to the services' migrations. */
  async migrate(urls: ReadonlyMap<string, string>, signal: AbortSignal): Promise<void> {
    const { serviceToken } = await projectSecrets(this.settings.folder, this.owner);
    const environment = await readEnvironment(this.folder);
    const ports = new Map(this.model.services.map(({ name, port }) => [name, port]));
    for (const service of this.model.services) {
      const cwd = this.serviceFolder(service);
      if (!urls.has(service.name) || !(await exists(path.join(cwd, "dist/migrate.js")))) continue;
      const { program, args } = await this.program(service, "migrate.js");
      const databaseUrl = urls.get(service.name);
      const env = serviceEnvironment(this.model, service, {
        folder: this.folder,
        ports,
        databaseUrl,
        serviceToken,
        environment,
      });
      await runCommand(
        { program, args, cwd, env, logFile: this.logFile("migrate"), timeoutMs: migrateMs, signal },
        "migration_failed",
        service.name,
      );
    }
  }

  /** Starts one service. */
  async start(
    service: ServiceModel,
    ports: ReadonlyMap<string, number>,
    databaseUrl: string | undefined,
  ): Promise<void> {
    const { serviceToken } = await projectSecrets(this.settings.folder, this.owner);
    const environment = await readEnvironment(this.folder);
    const env = serviceEnvironment(this.model, service, {
      folder: this.folder,
      ports,
      databaseUrl,
      serviceToken,
      environment,
    });
    await startService({
      root: this.settings.folder,
      deploymentId: this.owner.deploymentId,
      service: service.name,
      ...(await this.program(service, "main.js")),
      cwd: this.serviceFolder(service),
      env,
      logFile: this.logFile(service.name),
    });
  }

  /** Waits until a service says that it is ready. Throws a failure with its last words where it ends or takes too long. */
  async untilReady(service: string, port: number, signal: AbortSignal): Promise<void> {
    const deadline = Date.now() + readyMs;
    let answer = "It did not answer.";
    while (Date.now() < deadline) {
      signal.throwIfAborted();
      const response = await ask(`http://127.0.0.1:${port}/ready`);
      if (response?.status === 200) return;
      if (response !== undefined) answer = `It answered ${response.status}: ${response.text.slice(0, 300)}.`;
      const processes = await findProcesses(this.settings.folder, this.owner.deploymentId);
      if (!processes.some((each) => each.service === service)) {
        answer = "Its process ended.";
        break;
      }
      await delay(100);
    }
    const words = await lastWords(this.logFile(service));
    throw new DeploymentFailure(
      "not_healthy",
      `The service ${service} does not get ready. ${answer}${words}`,
      service,
    );
  }

  private async command(
    program: string,
    args: string[],
    run: { source: string; code: string; timeoutMs: number; signal: AbortSignal },
  ): Promise<void> {
    const { source, code, timeoutMs, signal } = run;
    const env = commandEnvironment({
      AXION_DEPLOYMENTS: this.settings.folder,
      AXION_DEPLOYMENT: this.owner.deploymentId,
      AXION_SERVICE: source,
    });
    const logFile = this.logFile(source);
    await runCommand({ program, args, cwd: this.files.app, env, logFile, timeoutMs, signal }, code);
  }

  private serviceFolder({ name }: ServiceModel): string {
    return path.join(this.files.app, "services", name);
  }

  private async program(
    { runtime }: ServiceModel,
    file: string,
  ): Promise<{ program: string; args: string[] }> {
    const script = `dist/${file}`;
    if (runtime === "node") return { program: process.execPath, args: ["--enable-source-maps", script] };
    return { program: await this.bun(), args: [script] };
  }

  /** Bun as npm installed it, also where npm did not run its install script. */
  private async bun(): Promise<string> {
    const modules = path.join(this.files.app, "node_modules");
    const folders = await readdir(path.join(modules, "@oven")).catch(() => []);
    for (const folder of folders.toSorted()) {
      const program = path.join(modules, "@oven", folder, "bin/bun");
      if (!(await exists(program))) continue;
      await chmod(program, 0o755);
      return program;
    }
    return path.join(modules, ".bin/bun");
  }
}

/** Asks a service of this machine; undefined where it does not answer. */
export async function ask(url: string): Promise<{ status: number; text: string } | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(askMs) });
    return { status: response.status, text: await response.text() };
  } catch {
    return undefined;
  }
}

async function exists(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  );
}
