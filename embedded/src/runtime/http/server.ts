import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { HostConfig } from "../host-config.js";
import { Gateway } from "./gateway.js";
import { registry } from "./registry.js";
import { asksForWebSocket, closeStreams, terminateStreams } from "./upgrade.js";

/** Longer than the idle time of usual load balancers, so that they close connections first. */
const KEEP_ALIVE_MS = 75_000;
const HEADERS_TIMEOUT_MS = 60_000;
/** How often a draining server looks for connections that became idle. */
const IDLE_CHECK_MS = 50;

/** The HTTP server of this process. */
export class HttpServer {
  private readonly server: Server;

  constructor(private readonly config: HostConfig) {
    const gateway = new Gateway(registry(), config);
    this.server = createServer(
      {
        keepAliveTimeout: KEEP_ALIVE_MS,
        headersTimeout: HEADERS_TIMEOUT_MS,
        // Bodies may be streamed for as long as they like; slow heads are cut off by the limit above.
        requestTimeout: 0,
        noDelay: true,
        // Other upgrades (`h2c`) are ignored, as HTTP allows, and their bodies read. Node 22 does not know this option.
        shouldUpgradeCallback: (req: IncomingMessage) => asksForWebSocket(req),
      },
      (req, res) => gateway.handle(req, res),
    );
    this.server.on("upgrade", (req, socket, head) => gateway.upgrade(req, socket, head));
  }

  /** Opens the port. Rejects when it is taken. */
  async listen(): Promise<{ host: string; port: number }> {
    const { host, port } = this.config.http;
    await new Promise<void>((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen({ host, port, backlog: 1024 }, () => {
        this.server.off("error", reject);
        resolve();
      });
    });
    return { host, port: (this.server.address() as AddressInfo).port };
  }

  /** Takes no more connections; resolves when all running requests have been answered. */
  async drain(): Promise<void> {
    closeStreams();
    const idle = setInterval(() => this.server.closeIdleConnections(), IDLE_CHECK_MS);
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
    clearInterval(idle);
  }

  /** Cuts what is left. */
  terminate(): void {
    terminateStreams();
    this.server.closeAllConnections();
  }
}
