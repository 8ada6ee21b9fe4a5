import type { DatabaseConfig } from "../host-config.js";
import { tlsOptions } from "../tls-options.js";

/** The driver's `ssl` option; none where the connection string decides. */
export function sslOption(tls: DatabaseConfig["tls"]): { ssl?: "prefer" | object } {
  if (tls === undefined) return {};
  return { ssl: tls === "prefer" ? "prefer" : tlsOptions(tls) };
}
