import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { ApiError } from "../errors.js";
import type { HostConfig } from "../host-config.js";
import { dispatch } from "../workers/pool.js";
import { readBody } from "./body.js";
import { Cors } from "./cors.js";
import { isKnownMethod } from "./endpoint.js";
import { Exchange } from "./exchange.js";
import { healthCheck } from "./health.js";
import { findHostRoute } from "./host-routes.js";
import { IncomingHeaders } from "./incoming-headers.js";
import { admit } from "./invoke.js";
import { proxyRequest, proxyUpgrade } from "./proxy.js";
import { runRaw } from "./raw-endpoint.js";
import type { Registry } from "./registry.js";
import { errorResponse, writeResponse } from "./respond.js";
import { unpackHeaders } from "./subprotocol.js";
import { acceptStream, asksForWebSocket, responseOn } from "./upgrade.js";

/** Takes requests to endpoints: those of this process and, as the app's public door, those of others. */
export class Gateway {
  /** Cross-origin rules; only the public door has them. */
  readonly cors: Cors | undefined;
  /** Whether this process is the app's public door, rather than one for its other processes. */
  readonly isPublic: boolean;
  /** Whether error answers tell what happened inside. */
  readonly showsInternals: boolean;

  constructor(
    readonly registry: Registry,
    private readonly config: HostConfig,
  ) {
    this.isPublic = config.hosted.gateway;
    this.showsInternals = config.mode !== "production";
    if (this.isPublic) {
      const exposed = [...registry.endpoints.values()].filter((endpoint) => endpoint.model.expose);
      const allowed = exposed.flatMap((endpoint) => endpoint.headerNames);
      this.cors = new Cors(
        config.cors,
        config.mode,
        [...allowed, ...(registry.authenticator?.allowedHeaders ?? [])],
        exposed.flatMap((endpoint) => endpoint.response.headerNames),
      );
    }
  }

  /** Serves a request. */
  handle(req: IncomingMessage, res: ServerResponse): void {
    const { path, query } = splitUrl(req.url ?? "/");
    const method = req.method ?? "GET";
    if (this.cors && method === "OPTIONS") {
      this.preflight(req, res);
      return;
    }
    if (path.startsWith("/__") && this.serveHostPath(path, req, res)) return;
    const exchange = this.route(req, res, method, path, query, req.rawHeaders);
    if (!exchange) return;
    this.authenticated(exchange, () => this.serve(exchange));
  }

  private serve(exchange: Exchange): void {
    const { endpoint, req, method } = exchange;
    if (endpoint.isStream) refuseStream(exchange);
    else if (!this.registry.hosts(endpoint.service)) proxyRequest(exchange);
    else if (endpoint.isRaw) runRaw(exchange);
    else if (!endpoint.codec(method).hasBody) this.run(exchange);
    else this.readThenRun(exchange, req);
  }

  private readThenRun(exchange: Exchange, req: IncomingMessage): void {
    readBody(req, exchange.endpoint.model.bodyLimit, (error, body) => {
      if (error) {
        exchange.res.shouldKeepAlive = false; // what is left of the body is not read
        return exchange.refuse(error);
      }
      exchange.body = body;
      this.run(exchange);
    });
  }

  private run(exchange: Exchange): void {
    dispatch(exchange, (error, response) => {
      if (error) exchange.fail(error);
      else if (response) exchange.respond(response);
    });
  }

  /** Takes over a connection that asks for another protocol. */
  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    const res = (): ServerResponse => responseOn(req, socket);
    if (!asksForWebSocket(req)) {
      // Before Node 24.9 other protocols end up here too, and what follows the head is not read as a body.
      if (hasBody(req)) refuseUpgrade(res());
      else this.handle(req, res());
      return;
    }
    const { path, query } = splitUrl(req.url ?? "/");
    let headers: readonly string[];
    try {
      headers = unpackHeaders(req.rawHeaders);
    } catch (error) {
      writeResponse(res(), errorResponse(error as ApiError, this.showsInternals), []);
      return;
    }
    const route = this.registry.router.find("GET", path);
    if (!("target" in route) || !route.target.isStream) {
      this.handle(req, res());
      return;
    }
    const exchange = this.route(req, res, "GET", path, query, headers);
    if (!exchange) return;
    this.authenticated(exchange, () => {
      if (!this.registry.hosts(exchange.endpoint.service)) return proxyUpgrade(exchange, socket, head);
      try {
        acceptStream(exchange.endpoint, admit(exchange), { req, socket, head });
      } catch (error) {
        exchange.refuse(error);
      }
    });
  }

  /** Finds the endpoint of a request, or answers that there is none. */
  private route(
    req: IncomingMessage,
    res: ServerResponse | (() => ServerResponse),
    method: string,
    path: string,
    query: string,
    headers: readonly string[],
  ): Exchange | undefined {
    const route = this.registry.router.find(method, path);
    let error: ApiError;
    if ("target" in route) {
      try {
        return new Exchange(this, req, res, route.target, route.params, method, path, query, headers);
      } catch (refused) {
        error = refused as ApiError;
      }
    } else if (!isKnownMethod(method)) {
      error = new ApiError("invalid_argument", "invalid method", `invalid method: ${method}`);
    } else if (route.missing === "method-of-path") {
      this.answerUnrouted(req, res, headers, {
        status: 405,
        headers: ["allow", allowHeader(route.allowed)],
        body: undefined,
      });
      return undefined;
    } else if (route.missing === "method") {
      error = new ApiError("not_found", "no route for method", `no route for method ${method}: ${path}`);
    } else {
      error = new ApiError("not_found", "endpoint not found", `no such endpoint exists: ${path}`);
    }
    this.answerUnrouted(req, res, headers, errorResponse(error, this.showsInternals));
    return undefined;
  }

  private answerUnrouted(
    req: IncomingMessage,
    res: ServerResponse | (() => ServerResponse),
    headers: readonly string[],
    response: ReturnType<typeof errorResponse>,
  ): void {
    const extra: string[] = [];
    this.cors?.apply(req.method ?? "GET", new IncomingHeaders(headers), extra);
    writeResponse(typeof res === "function" ? res() : res, response, extra);
  }

  /** Runs the auth handler, then goes on unless it forbids it. A public endpoint answers strangers too. */
  private authenticated(exchange: Exchange, next: () => void): void {
    const { authenticator } = this.registry;
    const { endpoint } = exchange;
    if (!this.isPublic) {
      next();
      return;
    }
    if (!authenticator || exchange.auth) {
      // Without an auth handler nobody is known. A call signed by a service brings its own auth data.
      next();
      return;
    }
    const trace = exchange.span;
    authenticator.authenticate(
      exchange.headers,
      exchange.query,
      { trace, correlationId: exchange.correlationId },
      (error, auth) => {
        if (error && (error.code !== "unauthenticated" || (endpoint.model.auth && !exchange.internal))) {
          return exchange.refuse(error);
        }
        exchange.auth = auth;
        next();
      },
    );
  }

  private preflight(req: IncomingMessage, res: ServerResponse): void {
    const headers: string[] = [];
    this.cors?.apply("OPTIONS", new IncomingHeaders(req.rawHeaders), headers);
    writeResponse(res, { status: 200, headers, body: undefined }, []);
  }

  /** Paths of the host itself. Answers whether it is one. */
  private serveHostPath(path: string, req: IncomingMessage, res: ServerResponse): boolean {
    if (path === "/__encore/healthz") {
      const { status, body } = healthCheck(this.config.meta);
      writeResponse(res, { status, headers: ["content-type", "application/json"], body }, []);
      return true;
    }
    const handler = findHostRoute(path);
    if (handler) handler(req, res);
    else if (path.startsWith("/__encore/"))
      writeResponse(res, { status: 404, headers: [], body: undefined }, []);
    else return false;
    return true;
  }
}

/** A stream's path asked for without a WebSocket: what the handshake lacks is told first. */
function refuseStream(exchange: Exchange): void {
  try {
    exchange.endpoint.codec("GET").decode(exchange);
  } catch (error) {
    exchange.refuse(error);
    return;
  }
  exchange.refuse(new ApiError("invalid_argument", "Connection header did not include 'upgrade'"));
}

function hasBody(req: IncomingMessage): boolean {
  const length = req.headers["content-length"] ?? "0";
  return length !== "0" || req.headers["transfer-encoding"] !== undefined;
}

function refuseUpgrade(res: ServerResponse): void {
  const error = new ApiError("invalid_argument", "a request with a body cannot ask for another protocol");
  writeResponse(res, errorResponse(error, false), []);
}

function allowHeader(methods: string[]): string {
  return (methods.includes("GET") ? [...new Set([...methods, "HEAD"])] : methods).join(",");
}

function splitUrl(url: string): { path: string; query: string } {
  const target = url.startsWith("/") ? url : absolutePath(url);
  const hash = target.indexOf("#");
  const at = hash < 0 ? target : target.slice(0, hash);
  const mark = at.indexOf("?");
  return mark < 0 ? { path: at, query: "" } : { path: at.slice(0, mark), query: at.slice(mark + 1) };
}

/** The path of a request target in absolute form (`GET http://host/path`), as proxies send it. */
function absolutePath(url: string): string {
  const slash = url.indexOf("/", url.indexOf("://") + 3);
  return url.includes("://") && slash >= 0 ? url.slice(slash) : "/";
}
