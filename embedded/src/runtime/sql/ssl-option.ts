import type { DatabaseConfig } from "../host-config.js";

/** The driver's `ssl` option; none where the connection string decides. */
export function sslOption(tls: DatabaseConfig["tls"]): { ssl?: "prefer" | object } {
  if (tls === undefined) return {};
  if (tls === "prefer") return { ssl: "prefer" };
  const { ca, cert, key, verify, verifyHost } = tls;
  return {
    ssl: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert, key }),
      rejectUnauthorized: verify,
      ...(verifyHost ? {} : { checkServerIdentity: () => undefined }),
    },
  };
}
