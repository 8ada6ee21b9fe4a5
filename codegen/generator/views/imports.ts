/** Import lines of a file: packages first, each module once, in the order of names. */
export class Imports {
  private readonly modules = new Map<string, Set<string>>();

  /** Notes that the file uses a name of a module; gives the name back. */
  use(name: string, from: string): string {
    this.modules.set(from, (this.modules.get(from) ?? new Set()).add(name));
    return name;
  }

  /** Names that come from a module. */
  of(module: string): string[] {
    return [...(this.modules.get(module) ?? [])].toSorted();
  }

  lines(): { names: string; from: string }[] {
    return [...this.modules.keys()]
      .toSorted((a, b) => order(a) - order(b) || (a < b ? -1 : 1))
      .map((from) => ({ names: this.of(from).join(", "), from }));
  }
}

function order(from: string): number {
  return from.startsWith(".") ? 1 : 0;
}
