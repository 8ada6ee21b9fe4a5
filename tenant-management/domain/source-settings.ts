import { X509Certificate } from "node:crypto";
import { APIError } from "encore.dev/api";
import type { DataSourceSettings, DataSourceTls } from "../types.js";
import type { SourceAddress } from "./source-url.js";

/** How a data source is reached, with nothing left out. */
export interface CompleteSettings {
  tls: DataSourceTls;
  caCertificate: string | null;
  pooled: boolean;
  readOnly: boolean;
  statementTimeoutMs: number;
}

const defaults: CompleteSettings = {
  tls: "prefer",
  caCertificate: null,
  pooled: false,
  readOnly: false,
  statementTimeoutMs: 60_000,
};

const longestCertificates = 64 * 1024;
const mostCertificates = 50;

/**
 * The settings of a data source: those given, else what the connection string says where a new one is given, else what
 * was known. Throws `invalidArgument` with the field's path.
 */
export function completeSettings(
  given: DataSourceSettings,
  address: Pick<SourceAddress, "tls" | "pooled"> = {},
  known: CompleteSettings = defaults,
): CompleteSettings {
  const { tls, pooled } = address;
  if (given.tls !== undefined && tls !== undefined && given.tls !== tls) {
    throw bad("tls", `says "${given.tls}", but the sslmode of the url says "${tls}".`);
  }
  const settings: CompleteSettings = {
    tls: given.tls ?? tls ?? known.tls,
    caCertificate: given.caCertificate === undefined ? known.caCertificate : given.caCertificate || null,
    pooled: given.pooled ?? pooled ?? known.pooled,
    readOnly: given.readOnly ?? known.readOnly,
    statementTimeoutMs: given.statementTimeoutMs ?? known.statementTimeoutMs,
  };
  const { statementTimeoutMs, caCertificate } = settings;
  if (!Number.isInteger(statementTimeoutMs) || statementTimeoutMs < 1_000 || statementTimeoutMs > 600_000) {
    throw bad("statementTimeoutMs", "a whole number from 1000 to 600000.");
  }
  if (caCertificate !== null) {
    if (settings.tls !== "verify-full") throw bad("caCertificate", 'is used with tls "verify-full" only.');
    checkCertificates(caCertificate);
  }
  return settings;
}

const pem = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

function checkCertificates(text: string): void {
  if (text.length > longestCertificates) throw bad("caCertificate", "at most 64 KB.");
  const found = text.match(pem) ?? [];
  if (found.length === 0) {
    throw bad("caCertificate", "must be a certificate in PEM, from -----BEGIN CERTIFICATE----- on.");
  }
  if (found.length > mostCertificates)
    throw bad("caCertificate", `at most ${mostCertificates} certificates.`);
  if (text.includes("PRIVATE KEY-----")) throw bad("caCertificate", "holds a private key: leave it out.");
  for (const [at, each] of found.entries()) {
    try {
      new X509Certificate(each);
    } catch (cause) {
      const problem = bad("caCertificate", `certificate ${at + 1} cannot be read.`);
      problem.cause = cause as Error;
      throw problem;
    }
  }
}

function bad(path: string, problem: string): APIError {
  return APIError.invalidArgument(`${path}: ${problem}`).withDetails({ reason: "bad_data_source", path });
}
