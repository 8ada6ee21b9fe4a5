import { existsSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import type { AppModel } from "../model/app-model.js";
import { CALL_TYPES } from "./call-types.js";
import { serviceIdentifier } from "./names.js";
import { clientDeclarations, clientModule, clientTestModule } from "./service-client.js";
import { type GeneratedFile, writeFiles } from "./write-files.js";

const HEADER = "// Generated from the app's sources; changes are overwritten.\n";
const CLIENTS_DIR = "internal/clients";

/** Brings `encore.gen/` up to date: what `~encore/clients` and `~encore/auth` resolve to. Untouched files keep their times. */
export function writeEncoreGen(appDir: string, model: AppModel): void {
  const dir = path.join(appDir, "encore.gen");
  writeFiles(dir, encoreGenFiles(model));
  removeFormerServices(path.join(dir, CLIENTS_DIR), new Set(model.services.map((service) => service.name)));
}

/** The files of `encore.gen/`. */
export function encoreGenFiles(model: AppModel): GeneratedFile[] {
  const files: GeneratedFile[] = [
    { path: "clients/index.js", text: clientIndex(model) },
    { path: "clients/index.d.ts", text: clientIndex(model) },
    { path: `${CLIENTS_DIR}/call-types.d.ts`, text: CALL_TYPES },
    {
      path: "auth/index.ts",
      text: 'export { type AuthData, getAuthData } from "../internal/auth/auth.js";\n',
    },
    { path: "internal/auth/auth.ts", text: authModule(model) },
  ];
  for (const service of model.services) {
    const endpoints = model.endpoints.filter(
      (endpoint) => endpoint.service === service.name && endpoint.kind !== "static",
    );
    const dir = `${CLIENTS_DIR}/${service.name}`;
    files.push(
      { path: `${dir}/endpoints.js`, text: clientModule(service, endpoints) },
      { path: `${dir}/endpoints.d.ts`, text: clientDeclarations(endpoints) },
      { path: `${dir}/endpoints_testing.js`, text: clientTestModule(service, endpoints) },
    );
  }
  return files.map((file) => ({ path: file.path, text: HEADER + file.text }));
}

function clientIndex(model: AppModel): string {
  return model.services
    .map(
      ({ name }) => `export * as ${serviceIdentifier(name)} from "../${CLIENTS_DIR}/${name}/endpoints.js";\n`,
    )
    .join("");
}

function authModule({ authHandler }: AppModel): string {
  const augmentation = [
    'declare module "encore.dev/api" {',
    "  interface CallOpts {",
    "    authData?: AuthData;",
    "  }",
    "}",
    "",
  ];
  if (!authHandler) {
    return [
      "export type AuthData = null;",
      "",
      "/** There is no auth handler in this app, so there is no auth data to ask for. */",
      "export function getAuthData(): AuthData | null {",
      '  throw new Error("getAuthData: this app has no auth handler");',
      "}",
      "",
      ...augmentation,
    ].join("\n");
  }
  const file = authHandler.place.file.replace(/\.ts$/, ".js");
  return [
    'import { getAuthData as authDataOfRequest } from "encore.dev/internal/codegen/auth";',
    `import type { ${authHandler.name} as handler } from ${JSON.stringify(`../../../${file}`)};`,
    "",
    "/** What the auth handler tells about an authenticated caller. */",
    "export type AuthData = NonNullable<Awaited<ReturnType<typeof handler>>>;",
    "",
    "/** The auth data of the current request; null when it is not authenticated. */",
    "export function getAuthData(): AuthData | null {",
    "  return authDataOfRequest() as AuthData | null;",
    "}",
    "",
    ...augmentation,
  ].join("\n");
}

/** A service that is gone would leave a client that imports what no longer exists, and fail the type check. */
function removeFormerServices(clientsDir: string, current: Set<string>): void {
  if (!existsSync(clientsDir)) return;
  for (const entry of readdirSync(clientsDir, { withFileTypes: true })) {
    if (entry.isDirectory() && !current.has(entry.name))
      rmSync(path.join(clientsDir, entry.name), { recursive: true });
  }
}
