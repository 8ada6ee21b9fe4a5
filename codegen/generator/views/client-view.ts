import { callableOperations } from "../model/checks/check-dependencies.js";
import { operationPath } from "../model/plural.js";
import type { OperationModel, ProjectModel, ServiceModel } from "../model/schema.js";
import { pascalCase, quoted } from "./casing.js";
import { commentText } from "./comment-text.js";
import { type EntityView, entityView } from "./entity-view.js";
import { type ImportLine, Imports } from "./imports.js";

/** A function that calls one operation of another service. */
interface ClientFunction {
  name: string;
  description: string;
  parameters: string;
  result: string;
  /** First statement of the body, where it has one besides the call. */
  before: string;
  /** Members of what is sent. */
  call: string;
}

export interface ClientView {
  callee: string;
  port: number;
  /** The variable that holds the callee's address. */
  address: string;
  imports: ImportLine[];
  functions: ClientFunction[];
}

/** The variable that holds a service's address: `order-items` → `ORDER_ITEMS_URL`. */
export function addressVariable(service: string): string {
  return `${service.replaceAll("-", "_").toUpperCase()}_URL`;
}

/** The client of a service that has the operations which the caller may call; all of them where none is named. */
export function clientView(
  project: ProjectModel,
  callee: ServiceModel,
  permitted: readonly string[] = callableOperations(callee),
): ClientView {
  const imports = new Imports();
  const type = (name: string) =>
    imports.use(`type ${name}`, `@${project.name}/contracts/${callee.name}.js`).slice(5);
  imports.use("config", "../config.js");
  imports.use("callsTo", "./call.js");
  const functions = [
    ...callee.entities.flatMap((entity) => entityFunctions(entityView(entity, callee), permitted, type)),
    ...callee.operations
      .filter(({ name }) => permitted.includes(name))
      .map((operation) => operationFunction(operation, type)),
  ];
  return {
    callee: callee.name,
    port: callee.port,
    address: addressVariable(callee.name),
    imports: imports.lines(),
    functions,
  };
}

/** Longest wait for the operations of an entity, as operations have it by default. */
const TIMEOUT_MS = 5_000;

function entityFunctions(
  { name, Many, path, operations }: EntityView,
  permitted: readonly string[],
  type: (name: string) => string,
): ClientFunction[] {
  const words = path.replaceAll("-", " ");
  const may = (operation: keyof typeof operations) =>
    operations[operation] && permitted.includes(`${name}.${operation}`);
  const send = (operation: string, method: string, more: string[], one = true) =>
    members(
      `${name}.${operation}`,
      method,
      one ? `\`/${path}/\${encodeURIComponent(id)}\`` : quoted(`/${path}`),
      [...more, `timeoutMs: ${TIMEOUT_MS}`, `idempotent: ${["GET", "DELETE"].includes(method)}`],
    );
  const functions: (ClientFunction | false)[] = [
    may("list") && {
      name: `list${Many}`,
      description: `A page of ${words}.`,
      parameters: `query: ${type(`List${Many}Query`)} = {}`,
      result: type(`${name}Page`),
      before: "",
      call: send("list", "GET", ["query"], false),
    },
    may("get") && {
      name: `get${name}`,
      description: `One of the ${words}.`,
      parameters: "id: string",
      result: type(name),
      before: "",
      call: send("get", "GET", []),
    },
    may("create") && {
      name: `create${name}`,
      description: `Creates one of the ${words}.`,
      parameters: `body: ${type(`Create${name}`)}`,
      result: type(name),
      before: "",
      call: send("create", "POST", ["body"], false),
    },
    may("update") && {
      name: `update${name}`,
      description: `Changes what is given of one of the ${words}.`,
      parameters: `id: string, body: ${type(`Update${name}`)}`,
      result: type(name),
      before: "",
      call: send("update", "PATCH", ["body"]),
    },
    may("delete") && {
      name: `delete${name}`,
      description: `Deletes one of the ${words}.`,
      parameters: "id: string",
      result: "void",
      before: "",
      call: send("delete", "DELETE", []),
    },
  ];
  return functions.filter((each) => each !== false);
}

function operationFunction(operation: OperationModel, type: (name: string) => string): ClientFunction {
  const { name, method, description = `Calls ${name}.`, timeoutMs, input } = operation;
  const Name = pascalCase(name);
  const path = operationPath(operation);
  const inPath = [...path.matchAll(/:([A-Za-z0-9]+)/g)].map(([, parameter]) => parameter!);
  const rest: string = inPath.length === 0 ? "input" : "rest";
  const sends = input.length > inPath.length;
  const where = method === "GET" || method === "DELETE" ? "query" : "body";
  const idempotent = operation.idempotent ?? ["GET", "PUT", "DELETE"].includes(method);
  const parts = [...inPath, ...(sends ? ["...rest"] : [])];
  return {
    name,
    description: commentText(description),
    parameters: `input: ${type(`${Name}Input`)}${input.length === 0 ? " = {}" : ""}`,
    result: type(`${Name}Output`),
    before: inPath.length === 0 ? "" : `const { ${parts.join(", ")} } = input;`,
    call: members(name, method, pathText(path), [
      ...(sends || inPath.length === 0 ? [rest === where ? where : `${where}: ${rest}`] : []),
      `timeoutMs: ${timeoutMs}`,
      `idempotent: ${idempotent}`,
    ]),
  };
}

/** A path as a text or, with parameters, a template. */
function pathText(path: string): string {
  return path.includes(":")
    ? `\`${path.replaceAll(/:([A-Za-z0-9]+)/g, (_, name: string) => `\${encodeURIComponent(${name})}`)}\``
    : quoted(path);
}

function members(operation: string, method: string, path: string, more: string[]): string {
  return [`operation: ${quoted(operation)}`, `method: ${quoted(method)}`, `path: ${path}`, ...more].join(
    ", ",
  );
}
