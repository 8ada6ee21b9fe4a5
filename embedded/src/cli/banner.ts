import { styleText } from "node:util";
import type { AppModel } from "../model/app-model.js";
import type { HostConfig } from "../runtime/host-config.js";

/** What a started app tells whoever started it: on a terminal as a block of text, otherwise as one line of the log's kind. */
export function startBanner(model: AppModel, config: HostConfig, readyMs: number): string {
  const url = baseUrl(config.http);
  const seconds = (readyMs / 1000).toFixed(2);
  if (config.logs.format === "json") {
    return JSON.stringify({
      level: "info",
      message: "ready",
      url,
      environment: config.meta.envName,
      services: config.hosted.services,
      seconds,
    });
  }
  const rows: [string, string][] = [
    ["API", url],
    ["environment", `${config.meta.envName} (${config.mode})`],
    ["services", config.hosted.services.join(", ") || "none"],
    ["databases", model.databases.map((database) => database.name).join(", ") || "none"],
  ];
  const lines = rows.map(([name, value]) => `  ${styleText("dim", name.padEnd(12))} ${value}`);
  return ["", `${styleText("bold", "ready")} in ${seconds} s`, ...lines, ""].join("\n");
}

function baseUrl({ host, port }: { host: string; port: number }): string {
  const isThisMachine = ["0.0.0.0", "::", "127.0.0.1", "::1"].includes(host);
  const name = isThisMachine ? "localhost" : host.includes(":") ? `[${host}]` : host;
  return `http://${name}:${port}`;
}
