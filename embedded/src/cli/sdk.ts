import { realpathSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { hostDir } from "./host-files.js";
import { findInstalledPackage } from "./installed-package.js";

const SDK = "encore.dev";

/** The SDK an app runs with. */
export interface Sdk {
  /** Version in the app's packages. */
  version: string;
  /** The host's own version, where it stands in for an older one. */
  replacedBy?: string;
  /** The folders of both as URLs. */
  replacement?: { from: string; to: string };
}

/**
 * The runtime library fits one version of `encore.dev`. For an app with an older
 * one the host's copy stands in, as Encore's own command line tool replaces it.
 */
export function sdkOf(appDir: string): Sdk {
  const { version, dir } = findInstalledPackage(appDir, SDK)!;
  const own = findInstalledPackage(hostDir(), SDK);
  if (!own || !isOlder(version, own.version)) return { version };
  return { version, replacedBy: own.version, replacement: { from: folderUrl(dir), to: folderUrl(own.dir) } };
}

/** Where a module of the host's copy of the SDK is. */
export function hostSdkModule(specifier: string): string {
  return import.meta.resolve(specifier);
}

function folderUrl(dir: string): string {
  return pathToFileURL(`${realpathSync(dir)}${path.sep}`).href;
}

function isOlder(version: string, than: string): boolean {
  const [a, b] = [numbers(version), numbers(than)];
  const differing = b.findIndex((part, index) => part !== a[index]);
  return differing >= 0 && (a[differing] ?? 0) < b[differing]!;
}

function numbers(version: string): number[] {
  return version.split(/[.-]/).slice(0, 3).map(Number);
}
