import { permittedCallers } from "../model/access.js";
import { kebabCase, operationPath } from "../model/plural.js";
import type { OperationModel, ProjectModel, ServiceModel } from "../model/schema.js";
import { quoted } from "./casing.js";
import type { EntityView } from "./entity-view.js";
import { type ImportLine, Imports } from "./imports.js";

interface Route {
  method: string;
  path: string;
  /** Lines of the handler. */
  lines: string[];
  /** What Elysia's handler takes from its context. */
  context: string;
}

export interface AppView {
  imports: ImportLine[];
  routes: Route[];
}

/** The routes of a service and what they import. */
export function appView(project: ProjectModel, service: ServiceModel, entities: EntityView[]): AppView {
  const imports = new Imports();
  const use = (name: string, from: string): string => imports.use(name, from);
  use("Problem", "./problem.js");
  use("toResponse", "./problem.js");
  const elysia = service.framework === "elysia";
  const write = new RouteWriter(elysia, `@${project.name}/contracts/${service.name}.js`, use);
  const permit = (auth: ServiceModel["auth"] | undefined, routes: Route[]): Route[] => {
    const kinds = permittedCallers(project, service, auth);
    if (kinds.length === 0) return routes;
    const line = `${use("permit", "./auth.js")}(${kinds.map(quoted).join(", ")});`;
    return routes.map((route) => ({ ...route, lines: [line, ...route.lines] }));
  };
  const routes = [
    ...entities.flatMap((entity, index) =>
      permit(service.entities[index]?.auth, entityRoutes(entity, write)),
    ),
    ...service.operations.flatMap((operation) => permit(operation.auth, [operationRoute(operation, write)])),
  ];
  return {
    imports: imports.lines(),
    routes,
  };
}

/** What the two frameworks write differently. */
class RouteWriter {
  constructor(
    private readonly elysia: boolean,
    private readonly contract: string,
    readonly use: (name: string, from: string) => string,
  ) {}

  get query(): string {
    return this.elysia ? "query" : "req.query()";
  }

  param(name: string): string {
    return this.elysia ? `params.${name}` : `req.param("${name}")`;
  }

  body(): string {
    this.use("readJson", "./request-body.js");
    return `await readJson(${this.elysia ? "request" : "req.raw"})`;
  }

  parsed(schema: string, value: string): string {
    this.use("parse", "./problem.js");
    return `parse(${this.use(schema, this.contract)}, ${value})`;
  }

  route(method: string, path: string, lines: string[]): Route {
    const text = lines.join("\n");
    const context = ["params", "query", "request"].filter((name) => new RegExp(`\\b${name}\\b`).test(text));
    return { method: method.toLowerCase(), path, lines, context: context.join(", ") };
  }
}

function entityRoutes(entity: EntityView, write: RouteWriter): Route[] {
  const { name, Many, path, file, operations } = entity;
  const handler = (operation: string, of: string, fileName: string) =>
    write.use(`${operation}${of}`, `./handlers/${path}/${operation}-${fileName}.js`);
  const routes: Route[] = [];
  const one = `/${path}/:id`;
  const id = write.param("id");
  if (operations.list) {
    const call = `${handler("list", Many, path)}(${write.parsed(`list${Many}Query`, write.query)})`;
    routes.push(write.route("get", `/${path}`, [`return Response.json(await ${call});`]));
  }
  if (operations.create) {
    const call = `${handler("create", name, file)}(${write.parsed(`create${name}Body`, write.body())})`;
    routes.push(write.route("post", `/${path}`, [`return Response.json(await ${call}, { status: 201 });`]));
  }
  if (operations.get) {
    routes.push(
      write.route("get", one, [`return Response.json(await ${handler("get", name, file)}(${id}));`]),
    );
  }
  if (operations.update) {
    const call = `${handler("update", name, file)}(${id}, ${write.parsed(`update${name}Body`, write.body())})`;
    routes.push(write.route("patch", one, [`return Response.json(await ${call});`]));
  }
  if (operations.delete) {
    const call = `await ${handler("delete", name, file)}(${id});`;
    routes.push(write.route("delete", one, [call, "return new Response(null, { status: 204 });"]));
  }
  return routes;
}

function operationRoute(operation: OperationModel, write: RouteWriter): Route {
  const { name, method } = operation;
  const path = operationPath(operation);
  const inPath = new Set([...path.matchAll(/:([A-Za-z0-9]+)/g)].map(([, parameter]) => parameter!));
  const hasBody = method !== "GET" && method !== "DELETE";
  const parts = hasBody ? [`...asObject(${write.body()})`] : [`...${write.query}`];
  if (hasBody) write.use("asObject", "./request-body.js");
  for (const value of operation.input) {
    if (!inPath.has(value.name) && hasBody) continue;
    const text = inPath.has(value.name) ? write.param(value.name) : `${write.query}.${value.name}`;
    const read = textReaders[value.type];
    if (read !== undefined) parts.push(`${value.name}: ${write.use(read, "./text-values.js")}(${text})`);
    else if (inPath.has(value.name)) parts.push(`${value.name}: ${text}`);
  }
  const run = write.use(name, `./operations/${kebabCase(name)}.js`);
  const input = write.parsed(`${name}Input`, `{ ${parts.join(", ")} }`);
  return write.route(method, path, [`return Response.json(await ${run}(${input}));`]);
}

/** How a value that came as text in a path or query is read; others stay texts. */
const textReaders: Partial<Record<string, string>> = {
  integer: "numberOf",
  number: "numberOf",
  boolean: "booleanOf",
};

/** Functions of `text-values.ts` that the routes of a service use. */
export function usedTextReaders({ imports }: AppView): string[] {
  return imports.find(({ from }) => from === "./text-values.js")?.names.split(", ") ?? [];
}
