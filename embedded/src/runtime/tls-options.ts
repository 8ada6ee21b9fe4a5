import type { ConnectionOptions } from "node:tls";
import type { TlsConfig } from "./host-config.js";

/** The options of a TLS connection as Node takes them. */
export function tlsOptions({ ca, cert, key, verify, verifyHost }: TlsConfig): ConnectionOptions {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert, key }),
    rejectUnauthorized: verify,
    ...(verifyHost ? {} : { checkServerIdentity: () => undefined }),
  };
}
