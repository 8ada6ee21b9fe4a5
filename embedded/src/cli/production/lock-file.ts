interface LockedPackage {
  version?: string;
  link?: boolean;
  dev?: boolean;
  devOptional?: boolean;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  [field: string]: unknown;
}

/** npm's `package-lock.json`, version 2 or 3. */
export interface LockFile {
  name?: string;
  version?: string;
  lockfileVersion: number;
  requires?: boolean;
  packages?: Record<string, LockedPackage>;
}

export interface LockRoot {
  name: string;
  version: string;
  dependencies: Record<string, string>;
}

/**
 * What a lock says of some dependencies and of all behind them. `location` is
 * the folder of the package that has them, relative to the lock. `undefined`
 * when the lock does not know them all, or two would need the same place.
 */
export function pruneLock(
  lock: LockFile,
  options: { root: LockRoot; location: string },
): LockFile | undefined {
  const { packages } = lock;
  if (!packages || lock.lockfileVersion < 2) return undefined;
  const { root, location } = options;
  const kept = new Map<string, LockedPackage>();
  const open = Object.keys(root.dependencies).map((name) => ({ name, from: location, isRequired: true }));
  const seen = new Set<string>();
  for (let next = open.pop(); next; next = open.pop()) {
    const key = locate(packages, next.name, next.from);
    if (key === undefined) {
      if (next.isRequired) return undefined;
      continue;
    }
    if (seen.has(key)) continue;
    seen.add(key);
    const locked = packages[key]!;
    const target = location !== "" && key.startsWith(`${location}/`) ? key.slice(location.length + 1) : key;
    if (locked.link || !target.startsWith("node_modules/") || kept.has(target)) return undefined;
    const { dev: _dev, devOptional: _devOptional, ...entry } = locked;
    kept.set(target, entry);
    for (const name of Object.keys(locked.dependencies ?? {}))
      open.push({ name, from: key, isRequired: true });
    for (const name of Object.keys({ ...locked.optionalDependencies, ...locked.peerDependencies })) {
      open.push({ name, from: key, isRequired: false });
    }
  }
  const { name, version, dependencies } = root;
  return {
    name,
    version,
    lockfileVersion: 3,
    requires: true,
    packages: {
      "": { name, version, dependencies },
      ...Object.fromEntries([...kept].sort(([a], [b]) => (a < b ? -1 : 1))),
    },
  };
}

/** Where Node finds a package from a place: in the nearest `node_modules`, going up. */
function locate(packages: Record<string, LockedPackage>, name: string, from: string): string | undefined {
  for (let at = from; ; at = parentOf(at)) {
    const key = at === "" ? `node_modules/${name}` : `${at}/node_modules/${name}`;
    if (packages[key]) return key;
    if (at === "") return undefined;
  }
}

function parentOf(location: string): string {
  const nested = location.lastIndexOf("/node_modules/");
  if (nested >= 0) return location.slice(0, nested);
  if (location.startsWith("node_modules/")) return "";
  return location.includes("/") ? location.slice(0, location.lastIndexOf("/")) : "";
}
