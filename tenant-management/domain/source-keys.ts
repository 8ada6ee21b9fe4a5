import { APIError } from "encore.dev/api";
import { openText, sealText } from "../../shared/secrets/sealed-text.js";
import type { ServiceKey } from "../../shared/secrets/service-keys.js";

/** The keys of data sources: the current one encrypts, and every one of them decrypts. */
export interface KeyRing {
  current: ServiceKey;
  all: readonly ServiceKey[];
}

/** A connection string as it is kept. */
interface SealedUrl {
  id: string;
  tenantId: string;
  name: string;
  sealedUrl: string;
  keyId: string;
}

/** The connection string under the current key, bound to its row. */
export function sealUrl(
  keys: KeyRing,
  source: { tenantId: string; id: string; url: string },
): { sealedUrl: string; keyId: string } {
  return {
    sealedUrl: sealText(keys.current, source.url, owner(source.tenantId, source.id)),
    keyId: keys.current.id,
  };
}

/** The connection string. Throws `failedPrecondition` where its key is not among those configured. */
export function openUrl(keys: KeyRing, row: SealedUrl): string {
  const key = keys.all.find(({ id }) => id === row.keyId);
  if (key) return openText(key, row.sealedUrl, owner(row.tenantId, row.id));
  throw APIError.failedPrecondition(
    `The data source "${row.name}" was stored under another key (${row.keyId}); set its url again.`,
  ).withDetails({ reason: "data_source_key_changed" });
}

function owner(tenantId: string, id: string): string {
  return `${tenantId}:${id}`;
}
