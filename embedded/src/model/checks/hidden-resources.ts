import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type TS from "typescript";
import type { App } from "../app.js";
import { CONSTRUCTORS } from "../resources/constructors.js";
import { enclosingCall, enclosingNew, usesOf, visitIdentifiers } from "../resources/references.js";
import { isShadowed } from "../source/shadowing.js";
import { SourceModule, specifierOf } from "../source/source-module.js";
import { isFile } from "../source/walk.js";
import { ts } from "../typescript.js";

/** Warns of resources that the official parser does not see, where they are made. */
export function checkHiddenResources(app: App): void {
  const own = new Set(app.modules);
  for (const module of app.modules) {
    checkValues(app, module);
    const names = hiddenConstructors(app, module, own);
    if (names.size === 0) continue;
    visitIdentifiers(module.source, (node) => {
      const hidden = names.get(node.text);
      if (!hidden || isShadowed(node, node.text) || !makes(node, hidden)) return;
      app.diagnostics.warn(
        { module, node },
        { code: "resource-hidden", message: hidden.message, fix: hidden.fix },
      );
    });
  }
  checkOtherFiles(app);
}

interface Hidden {
  /** Members that make resources, for a namespace; unset where the name itself does. */
  members?: readonly string[];
  message: string;
  fix: string;
}

/** Local names by which a module reaches constructors in a way that is not followed. */
function hiddenConstructors(app: App, module: SourceModule, own: Set<SourceModule>): Map<string, Hidden> {
  const names = new Map<string, Hidden>();
  for (const node of module.imports) {
    const specifier = specifierOf(node);
    const bindings = node.importClause?.namedBindings;
    const members = CONSTRUCTORS.get(specifier);
    if (!bindings || (members && ts.isNamedImports(bindings))) continue;
    if (members) {
      names.set((bindings as TS.NamespaceImport).name.text, {
        members,
        message: `Resources made through a namespace import of "${specifier}" are not seen.`,
        fix: `Import by name: \`import { ${members[0]} } from "${specifier}"\`.`,
      });
    } else if (ts.isNamedImports(bindings)) {
      for (const element of bindings.elements) {
        const exported = (element.propertyName ?? element.name).text;
        const origin = reExportedFrom(app, module, specifier, exported, own, new Set());
        if (!origin) continue;
        names.set(element.name.text, {
          message: `\`${exported}\` comes through a module of the app: what is made with it is not seen.`,
          fix: `Import it from "${origin}" itself.`,
        });
      }
    }
  }
  return names;
}

/** The package whose constructor a module of the app hands on under a name. */
function reExportedFrom(
  app: App,
  from: SourceModule,
  specifier: string,
  name: string,
  own: Set<SourceModule>,
  seen: Set<SourceModule>,
): string | undefined {
  const constructors = CONSTRUCTORS.get(specifier);
  if (constructors) return constructors.includes(name) ? specifier : undefined;
  const target = app.loader.find(from, specifier);
  if (!(target instanceof SourceModule) || !own.has(target) || seen.has(target) || !target.handsOn)
    return undefined;
  seen.add(target);
  if (target.scope.exports.has(name)) return undefined;
  for (const re of target.scope.reExports) {
    const original = re.names ? re.names.get(name) : name;
    const found =
      original === undefined ? undefined : reExportedFrom(app, target, re.specifier, original, own, seen);
    if (found) return found;
  }
  return undefined;
}

/** Whether a resource is made through the name. */
function makes(node: TS.Identifier, hidden: Hidden): boolean {
  if (hidden.members) {
    const { parent } = node;
    if (!ts.isPropertyAccessExpression(parent) || parent.expression !== node) return false;
    if (!hidden.members.includes(parent.name.text)) return false;
  }
  return enclosingCall(node) !== undefined || enclosingNew(node) !== undefined;
}

/** A constructor handed on as a value, or extended, makes resources that nothing follows. */
function checkValues(app: App, module: SourceModule): void {
  for (const [specifier, constructors] of CONSTRUCTORS) {
    for (const node of usesOf(module, specifier, constructors)) {
      if (!isPlainValue(node)) continue;
      app.diagnostics.warn(
        { module, node },
        {
          code: "resource-hidden",
          message: `\`${node.text}\` is only followed where it is called: what is made through another name is not seen.`,
          fix: `Call \`${node.text}\` itself where the resource is declared.`,
        },
      );
    }
  }
}

function isPlainValue(node: TS.Identifier): boolean {
  const { parent } = node;
  if (enclosingCall(node) ?? enclosingNew(node)) return false;
  if (ts.isExpressionWithTypeArguments(parent)) return ts.isClassLike(parent.parent.parent);
  const compared =
    ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword;
  return ts.isExpression(node) && !ts.isTypeNode(parent) && !ts.isExportSpecifier(parent) && !compared;
}

/** Folders of build results: what was compiled from the sources is not a second declaration. */
const BUILD_FOLDER = /(^|\/)(dist|build|out|coverage|public|static|assets)\//;
/** Hand-written files are smaller. */
const MAX_SIZE = 256 * 1024;

/** Files of other kinds are not read at all. */
function checkOtherFiles(app: App): void {
  for (const file of app.otherSources) {
    const path = join(app.root, file);
    const source = path.replace(/\.[cm]?jsx?$/, ".ts");
    if (BUILD_FOLDER.test(file) || (source !== path && isFile(source))) continue;
    if (statSync(path).size > MAX_SIZE || !readFileSync(path, "utf8").includes("encore.dev/")) continue;
    const module = app.loader.parseApart(path);
    const uses = [...CONSTRUCTORS].flatMap(([specifier, names]) => usesOf(module, specifier, names));
    const first = uses.find((node) => enclosingCall(node) ?? enclosingNew(node));
    if (!first) continue;
    app.diagnostics.warn(
      { module, node: first },
      {
        code: "resource-hidden",
        message: "Resources are only read from `.ts` files: what is made here is not seen.",
        fix: "Move it into a `.ts` file.",
      },
    );
  }
}
