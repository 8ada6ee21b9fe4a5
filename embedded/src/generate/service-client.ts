import type { Endpoint, Service, TypeSchema } from "../model/app-model.js";
import { endpointOptions, routeOptions } from "./entry-point.js";
import { modulePath } from "./names.js";

/** From `encore.gen/internal/clients/SERVICE/` to the app's root. */
const DEPTH = 4;

/** For each kind of endpoint: the SDK function that calls it, and the type of that call. */
const CALLS: Record<Exclude<Endpoint["kind"], "static">, { run: string; type: string }> = {
  typed: { run: "apiCall", type: "Call" },
  raw: { run: "apiCall", type: "Call" },
  "stream-in": { run: "streamIn", type: "StreamInCall" },
  "stream-out": { run: "streamOut", type: "StreamOutCall" },
  "stream-in-out": { run: "streamInOut", type: "StreamInOutCall" },
};

/** Own names in these modules start with `_`, so that endpoints may have any other. */
const SDK_IMPORT = 'import * as _sdk from "encore.dev/internal/codegen/api";';

/** `endpoints.js`: one function for each endpoint of a service, and a client object that holds them. */
export function clientModule(service: Service, endpoints: Endpoint[]): string {
  const functions = endpoints.map((endpoint) => {
    const parameters = takesData(endpoint) ? "data, options" : "options";
    const data = takesData(endpoint) ? "data" : "undefined";
    const target = `${JSON.stringify(service.name)}, ${JSON.stringify(endpoint.name)}`;
    return [
      `export async function ${endpoint.name}(${parameters}) {`,
      `  if (_testing) return (await _testing()).${endpoint.name}(${data}, options);`,
      `  return _sdk.${callOf(endpoint).run}(${target}, ${data}, options);`,
      "}",
      "",
    ].join("\n");
  });
  return [
    SDK_IMPORT,
    "",
    "// Tests have no server to call: they run the handlers in place. Bundles leave this out.",
    'const _testing = typeof ENCORE_DROP_TESTS === "undefined" && process.env.NODE_ENV === "test"',
    '  ? () => import("./endpoints_testing.js")',
    "  : undefined;",
    "",
    ...functions,
    "export class Client {",
    ...endpoints.map(({ name }) => `  ${name} = ${name};`),
    "}",
    "",
    "const _client = new Client();",
    "",
    "export function ref() {",
    "  return _client;",
    "}",
    "",
  ].join("\n");
}

/** `endpoints.d.ts`: the calls, typed after the handlers. */
export function clientDeclarations(endpoints: Endpoint[]): string {
  const callTypes = [...new Set(endpoints.map((endpoint) => callOf(endpoint).type))];
  const imports = endpoints.map(
    ({ name, place }) =>
      `import type { ${name} as ${name}_handler } from "${modulePath(DEPTH, place.file)}.js";`,
  );
  const type = (endpoint: Endpoint) => `${callOf(endpoint).type}<typeof ${endpoint.name}_handler>`;
  return [
    ...(callTypes.length > 0 ? [`import type { ${callTypes.join(", ")} } from "../call-types.js";`] : []),
    ...imports,
    "",
    ...endpoints.map(
      (endpoint) => `${docComment(endpoint.doc)}export declare const ${endpoint.name}: ${type(endpoint)};`,
    ),
    "",
    "export declare class Client {",
    "  private constructor();",
    ...endpoints.map((endpoint) => `  readonly ${endpoint.name}: ${type(endpoint)};`),
    "}",
    "",
    "/** The calls of this service as one value, to be handed around. */",
    "export declare function ref(): Client;",
    "",
  ].join("\n");
}

/** `endpoints_testing.js`: registers the handler that a test calls, then calls it through the host. */
export function clientTestModule(service: Service, endpoints: Endpoint[]): string {
  const middlewares = service.file
    ? `async () => (await import(${JSON.stringify(modulePath(DEPTH, service.file))})).default.cfg.middlewares ?? []`
    : "async () => []";
  const functions = endpoints.map((endpoint) =>
    [
      `export async function ${endpoint.name}(data, options) {`,
      `  const { ${endpoint.name}: handler } = await import(${JSON.stringify(modulePath(DEPTH, endpoint.place.file))});`,
      "  _registerTestHandler({",
      `    apiRoute: { ${JSON.stringify(routeOptions(endpoint)).slice(1, -1)}, handler },`,
      `    endpointOptions: ${JSON.stringify(endpointOptions(endpoint))},`,
      "    middlewares: await _middlewares(),",
      "  });",
      `  return _sdk.${callOf(endpoint).run}(${JSON.stringify(service.name)}, ${JSON.stringify(endpoint.name)}, data, options);`,
      "}",
      "",
    ].join("\n"),
  );
  return [
    SDK_IMPORT,
    'import { registerTestHandler as _registerTestHandler } from "encore.dev/internal/codegen/appinit";',
    "",
    `const _middlewares = ${middlewares};`,
    "",
    ...functions,
  ].join("\n");
}

function callOf(endpoint: Endpoint): { run: string; type: string } {
  if (endpoint.kind === "static") throw new Error(`${endpoint.name} serves files; it cannot be called`);
  return CALLS[endpoint.kind];
}

/** Whether a call takes data before its options. */
function takesData(endpoint: Endpoint): boolean {
  const data: TypeSchema | undefined = endpoint.kind.startsWith("stream")
    ? endpoint.handshake
    : endpoint.request;
  return data !== undefined && !(data.kind === "object" && data.fields.length === 0);
}

function docComment(doc: string | undefined): string {
  if (!doc) return "";
  const lines = doc.replaceAll("*/", "* /").split("\n");
  return lines.length === 1
    ? `/** ${lines[0]} */\n`
    : `/**\n${lines.map((line) => ` * ${line}`.trimEnd()).join("\n")}\n */\n`;
}
