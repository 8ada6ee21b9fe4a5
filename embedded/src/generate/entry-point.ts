import type { AppModel, Endpoint } from "../model/app-model.js";

/** Which part of the app a process runs. */
export interface Hosted {
  services: string[];
  gateway: boolean;
}

/**
 * The module that a process starts with: registers the handlers of the hosted
 * services, loads their subscriptions for their side effects, and runs. Imports
 * are relative to the app's root.
 */
export function entryPoint(model: AppModel, hosted: Hosted): string {
  const services = model.services.filter((service) => hosted.services.includes(service.name));
  const imports = new Imports();
  const middlewares = new Map<string, string>();
  for (const service of services) {
    if (service.file)
      middlewares.set(service.name, `${imports.namespace(service.file)}.default.cfg.middlewares ?? []`);
  }
  // A use of the module keeps the bundler from dropping it where the app's package.json says `sideEffects: false`.
  const gateways = hosted.gateway
    ? model.gateways.map((gateway) => imports.namespace(gateway.place.file))
    : [];
  const handlers = model.endpoints
    .filter((endpoint) => endpoint.kind !== "static" && hosted.services.includes(endpoint.service))
    .map((endpoint) => handlerLiteral(endpoint, imports, middlewares.get(endpoint.service) ?? "[]"));
  for (const subscription of model.subscriptions) {
    if (hosted.services.includes(subscription.service)) imports.sideEffect(subscription.place.file);
  }
  return [
    'import { registerGateways, registerHandlers, run } from "encore.dev/internal/codegen/appinit";',
    ...imports.lines(),
    "",
    `registerGateways([${gateways.join(", ")}]);`,
    `registerHandlers([${handlers.map((handler) => `\n${handler},`).join("")}\n]);`,
    "await run(import.meta.url);",
    "",
  ].join("\n");
}

/** What registers an endpoint with the SDK, apart from its handler and middlewares. */
export function endpointOptions(endpoint: Endpoint) {
  return {
    expose: endpoint.expose,
    auth: endpoint.auth,
    isRaw: endpoint.kind === "raw",
    isStream: endpoint.kind.startsWith("stream"),
    tags: endpoint.tags,
  };
}

/** The SDK's description of an endpoint's shape. */
export function routeOptions(endpoint: Endpoint) {
  return {
    service: endpoint.service,
    name: endpoint.name,
    raw: endpoint.kind === "raw",
    streamingRequest: endpoint.kind === "stream-in" || endpoint.kind === "stream-in-out",
    streamingResponse: endpoint.kind === "stream-out" || endpoint.kind === "stream-in-out",
  };
}

function handlerLiteral(endpoint: Endpoint, imports: Imports, middlewares: string): string {
  const handler = imports.named(endpoint.place.file, endpoint.name);
  const route = JSON.stringify(routeOptions(endpoint)).slice(1, -1);
  return `  { apiRoute: { ${route}, handler: ${handler} }, endpointOptions: ${JSON.stringify(endpointOptions(endpoint))}, middlewares: ${middlewares} }`;
}

/** The import statements of the entry point, each binding under a name of its own. */
class Imports {
  private readonly statements: string[] = [];

  named(file: string, name: string): string {
    const local = `_${this.statements.length}`;
    this.statements.push(`import { ${name} as ${local} } from ${specifier(file)};`);
    return local;
  }

  namespace(file: string): string {
    const local = `_${this.statements.length}`;
    this.statements.push(`import * as ${local} from ${specifier(file)};`);
    return local;
  }

  sideEffect(file: string): void {
    const statement = `import ${specifier(file)};`;
    if (!this.statements.includes(statement)) this.statements.push(statement);
  }

  lines(): string[] {
    return this.statements;
  }
}

function specifier(file: string): string {
  return JSON.stringify(`./${file}`);
}
