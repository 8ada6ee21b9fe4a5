import packageJson from "../../package.json" with { type: "json" };

/** The version of the host. */
export function hostVersion(): string {
  return packageJson.version;
}
