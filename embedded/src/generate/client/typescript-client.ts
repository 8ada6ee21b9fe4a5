import type { AppModel, Endpoint, NamedType, Service } from "../../model/app-model.js";
import { type ApiFilter, selectApi } from "../api-selection.js";
import { nameTypes, type TypeName } from "../type-names.js";
import { endpointTypes, fieldsOf, reachableTypes, type WireField } from "../wire.js";
import { CLIENT_DATES, DateShapes } from "./date-text.js";
import { CLIENT_RUNTIME } from "./runtime-text.js";
import { serviceClass, serviceNamespace } from "./service-text.js";
import { CLIENT_STREAMS } from "./stream-text.js";
import { type DateStyle, docComment, isVisible, member, propertyName, TypeWriter } from "./type-text.js";

export interface ClientOptions {
  filter: ApiFilter;
  dates: DateStyle;
}

/** Names that service namespaces use without saying where they come from; a type of one of them would hide it. */
const USED_IN_NAMESPACES = new Set([
  "ServiceClient",
  "BaseClient",
  "CallParameters",
  "StreamIn",
  "StreamOut",
  "StreamInOut",
  "Promise",
  "Date",
  "RequestInit",
  "Number",
]);

const HEADER = `// Generated from the app's API; changes are overwritten. All of it is one file that imports nothing: whoever calls the
// API, such as a front end in another repository, takes the client by copying this file.
`;

const JSON_BODY = `/** The JSON of a response; an empty one stands for an object without fields. */
async function jsonBody(response: Response): Promise<any> {
  const text = await response.text();
  return text === "" ? {} : JSON.parse(text);
}
`;

/** A typed client for the exposed API, as the text of one TypeScript file. */
export function typescriptClient(model: AppModel, options: ClientOptions): string {
  const { services, endpoints } = selectApi(model, options.filter);
  const usesAuth = model.authHandler !== undefined && authFields(model).length > 0;
  const ids = reachableTypes(model, [
    ...endpointTypes(endpoints),
    ...(usesAuth ? [model.authHandler?.params] : []),
  ]);
  const names = nameTypes(model, ids, ({ name }) => USED_IN_NAMESPACES.has(name));
  const types = new TypeWriter(names, options.dates);
  const dates = options.dates === "date" ? new DateShapes(model) : undefined;
  const namespaces = namespaceTexts({ model, services, endpoints, names, types, dates });
  const hasStreams = endpoints.some((endpoint) => endpoint.kind.startsWith("stream"));
  return [
    HEADER,
    "/* eslint-disable */\n",
    clientClass(services, usesAuth ? types.inline(model.authHandler!.params) : undefined),
    namespaces,
    CLIENT_RUNTIME.replace("//AUTH\n", authMethod(usesAuth ? authFields(model) : [])),
    JSON_BODY,
    ...(hasStreams ? [CLIENT_STREAMS] : []),
    ...(dates ? [CLIENT_DATES, dates.declarations()] : []),
  ].join("\n");
}

function clientClass(services: Service[], authType: string | undefined): string {
  const members = services.map(serviceNamespace);
  return [
    "/** A client of the API, with a member for each service. */",
    "export class Client {",
    ...members.map((name) => `  public readonly ${name}: ${name}.ServiceClient;`),
    "",
    "  /** `target` is where the API is; see `Local`. */",
    "  constructor(",
    "    private readonly target: BaseURL,",
    "    private readonly options: ClientOptions = {},",
    "  ) {",
    `    const ${members.length > 0 ? "base" : "_base"} = new BaseClient(target, options);`,
    ...members.map((name) => `    this.${name} = new ${name}.ServiceClient(base);`),
    "  }",
    "",
    "  /** A client like this one, with some options changed. */",
    "  public with(options: ClientOptions): Client {",
    "    return new Client(this.target, { ...this.options, ...options });",
    "  }",
    "}",
    "",
    "export default Client;",
    "",
    ...(authType
      ? [
          "/** Asked for the credentials of each request. */",
          `export type AuthDataGenerator = () => ${authType} | undefined | Promise<${authType} | undefined>;`,
          "",
        ]
      : []),
    "export interface ClientOptions {",
    "  /** Sends requests in place of the built-in `fetch`. */",
    "  fetcher?: Fetcher;",
    "  /** What every request starts from, e.g. `credentials` or headers. */",
    '  requestInit?: Omit<RequestInit, "headers"> & { headers?: Record<string, string> };',
    ...(authType
      ? [
          "  /** Credentials, or a function that gives them for each request. */",
          `  auth?: ${authType} | AuthDataGenerator;`,
        ]
      : []),
    "}",
    "",
  ].join("\n");
}

interface NamespaceInput {
  model: AppModel;
  services: Service[];
  endpoints: Endpoint[];
  names: Map<string, TypeName>;
  types: TypeWriter;
  dates: DateShapes | undefined;
}

/** One namespace for each service and each folder of types. */
function namespaceTexts(input: NamespaceInput): string {
  const { model, services, endpoints, names, types } = input;
  const declared = Map.groupBy(names, ([, { namespace }]) => namespace);
  const servicesByNamespace = new Map(services.map((service) => [serviceNamespace(service), service]));
  const namespaces = [...new Set([...servicesByNamespace.keys(), ...declared.keys()])].sort();
  return namespaces
    .map((namespace) => {
      const service = servicesByNamespace.get(namespace);
      const members = [
        ...new Map((declared.get(namespace) ?? []).map((entry) => [entry[1].name, entry] as const)).values(),
      ]
        .map(([id]) => model.types[id])
        .filter((type): type is NamedType => type !== undefined)
        .sort((a, b) => (names.get(a.id)!.name < names.get(b.id)!.name ? -1 : 1))
        .map((type) => types.declaration(type, "  "));
      if (service) {
        const own = endpoints.filter((endpoint) => endpoint.service === service.name);
        members.push(serviceClass(service, own, input));
      }
      return `${docComment(service?.doc, "")}export namespace ${namespace} {\n${members.join("\n")}}\n`;
    })
    .join("\n");
}

function authFields(model: AppModel): WireField[] {
  return fieldsOf(model, model.authHandler?.params)
    .filter(isVisible)
    .map((field) => ({ field, wireName: field.wire?.name ?? field.name }));
}

/** How the client adds credentials to a request. */
function authMethod(fields: WireField[]): string {
  if (fields.length === 0)
    return "  private async authParameters(): Promise<AuthParameters> {\n    return {};\n  }\n";
  const record = (location: "header" | "query") =>
    fields
      .filter(({ field }) => (field.wire?.in ?? "header") === location)
      .map(({ field, wireName }) => `${propertyName(wireName)}: ${member("data", field.name)}`)
      .join(", ");
  return [
    "  private async authParameters(): Promise<AuthParameters> {",
    "    const { auth } = this.options;",
    '    const data = typeof auth === "function" ? await auth() : auth;',
    "    if (data === undefined) return {};",
    `    return { headers: headerRecord({ ${record("header")} }), query: wireRecord({ ${record("query")} }) };`,
    "  }",
    "",
  ].join("\n");
}
