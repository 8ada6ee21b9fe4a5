import { host } from "../host.js";
import { Authenticator } from "./authenticator.js";
import { type CompiledEndpoint, compileEndpoints, type RegisteredHandler } from "./endpoint.js";
import { Router } from "./router.js";
import { staticHandler } from "./static-assets.js";

/** What the SDK hands over for each endpoint of the app. */
export interface ApiRoute {
  service: string;
  name: string;
  handler: RegisteredHandler;
}

/** The endpoints of the app in this thread: compiled from the model, given their handlers as the app's code loads. */
export class Registry {
  readonly endpoints: Map<string, CompiledEndpoint>;
  readonly router = new Router<CompiledEndpoint>();
  readonly authenticator: Authenticator | undefined;
  private readonly hosted: ReadonlySet<string>;

  constructor() {
    const { config, model } = host();
    this.endpoints = compileEndpoints(model);
    this.hosted = new Set(config.hosted.services);
    this.authenticator = model.authHandler && new Authenticator(model.authHandler, model.types);
    for (const endpoint of this.endpoints.values()) {
      const taken = this.router.add(endpoint.model.path, endpoint.methods, endpoint);
      if (taken.length > 0) {
        const { file, line } = endpoint.model.place;
        throw new Error(
          `${taken.join(", ")} ${endpoint.model.rawPath} of ${endpoint.service}.${endpoint.name} (${file}:${line}) ` +
            "is taken by another endpoint: give one of them another path",
        );
      }
      if (endpoint.model.kind === "static") endpoint.handler = staticHandler(endpoint.model, config);
    }
  }

  /** Whether this process runs the service's code. */
  hosts(service: string): boolean {
    return this.hosted.has(service);
  }

  get(service: string, name: string): CompiledEndpoint | undefined {
    return this.endpoints.get(`${service}.${name}`);
  }

  /** Gives an endpoint its handler. Static assets have theirs already. */
  register(route: ApiRoute): void {
    const endpoint = this.get(route.service, route.name);
    if (endpoint && endpoint.model.kind !== "static") endpoint.handler = route.handler;
  }
}

let current: Registry | undefined;

/** The registry of this thread. */
export function registry(): Registry {
  return (current ??= new Registry());
}
