import { host } from "../host.js";
import type { AuthKey, SigningScope } from "./signing.js";

/** Where a service of another process answers. */
export interface Peer {
  baseUrl: URL;
  key: AuthKey | undefined;
}

/** The id of a key that the configuration names without one. */
const DEFAULT_KEY_ID = 1;

/** The process that hosts a service; undefined when the configuration knows none. */
export function findPeer(service: string): Peer | undefined {
  const { config } = host();
  const location = config.discovery[service];
  if (!location) return undefined;
  const { authKey } = location;
  const own = [...(config.authKeys ?? [])].sort((a, b) => b.id - a.id)[0];
  const key = authKey === undefined ? own : { id: keyId(authKey), key: authKey };
  return { baseUrl: new URL(location.baseUrl), key };
}

function keyId(key: string): number {
  return host().config.authKeys?.find((known) => known.key === key)?.id ?? DEFAULT_KEY_ID;
}

/** The keys that calls from other processes may be signed with. */
export function inboundKeys(): AuthKey[] {
  const { authKeys = [], discovery } = host().config;
  const shared = Object.values(discovery).flatMap(({ authKey }) =>
    authKey === undefined ? [] : [{ id: keyId(authKey), key: authKey }],
  );
  return [...authKeys, ...shared];
}

/** What signatures are bound to. */
export function signingScope(): SigningScope {
  const { appId, envName } = host().config.meta;
  return { appId, envName };
}
