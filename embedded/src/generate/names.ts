/** A service's name as an identifier, as `~encore/clients` and generated clients spell it. */
export function serviceIdentifier(name: string): string {
  return name.replaceAll("-", "_");
}

/** The module path of an app file seen from a generated file: relative, with `/`, without the `.ts`. */
export function modulePath(depth: number, file: string): string {
  return `${"../".repeat(depth)}${file.replace(/\.ts$/, "")}`;
}
