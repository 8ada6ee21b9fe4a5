import { readdirSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

/** Files and folders without product code of their own. */
const left = /^(node_modules|__tests__|migrations)$|^\.|\.(test|spec|d)\.ts$/;

/** The TypeScript files below a folder, tests left out, parsed. */
export function sourceFiles(folder: string): ts.SourceFile[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (left.test(entry.name)) return [];
    if (entry.isDirectory()) return sourceFiles(file);
    return entry.name.endsWith(".ts") ? [parse(file)] : [];
  });
}

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, ts.sys.readFile(file) ?? "", ts.ScriptTarget.Latest, true);
}

/** Every node below `root`, itself included. */
export function* nodesOf(root: ts.Node): Generator<ts.Node> {
  const open = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    yield node;
    ts.forEachChild(node, (child) => void open.push(child));
  }
}

/** The name of a property, where it is written out. */
export function nameOf(property: ts.ObjectLiteralElementLike): string | undefined {
  const { name } = property;
  return name !== undefined && (ts.isIdentifier(name) || ts.isStringLiteral(name)) ? name.text : undefined;
}
