import { request } from "node:https";
import type { Edge } from "./traefik.js";

export interface EdgeAnswer {
  status: number;
  text: string;
}

/**
 * Asks the edge for a host as a stranger does: over TLS, with the path sent as it is. The certificate is checked for
 * `servername`, the host by default.
 */
export function askEdge(
  edge: Edge,
  ca: string,
  host: string,
  path: string,
  servername = host,
): Promise<EdgeAnswer> {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port: edge.https, path, ca, servername, headers: { host } };
    const outgoing = request({ ...options, agent: false, timeout: 10_000 }, (incoming) => {
      let text = "";
      incoming.setEncoding("utf8");
      incoming.on("data", (chunk: string) => {
        text += chunk;
      });
      incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, text }));
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error(`${host}${path} did not answer`)));
    outgoing.on("error", reject);
    outgoing.end();
  });
}
