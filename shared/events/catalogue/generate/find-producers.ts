import path from "node:path";
import ts from "typescript";
import type { AppModel } from "../../../../embedded/src/model/app-model.js";
import { nameOf, nodesOf, sourceFiles } from "./source-files.js";

/** Folder of code that several services use. */
const sharedFolder = "shared";

/**
 * Event type → services that publish it: those whose sources build an object of that type (`{ type: "rule-created", … }`),
 * or import from a file in `shared/` that does.
 */
export function findProducers(model: AppModel, root: string): Map<string, string[]> {
  const found = new Map<string, Set<string>>();
  const builtInShared = new Map(
    sourceFiles(path.join(root, sharedFolder)).map((file) => [file.fileName, [...typesBuiltIn(file)]]),
  );
  for (const { name: service, dir } of model.services) {
    for (const file of sourceFiles(path.join(root, dir))) {
      const imported = importedBy(file).flatMap((name) => builtInShared.get(name) ?? []);
      for (const type of [...typesBuiltIn(file), ...imported]) {
        found.set(type, (found.get(type) ?? new Set()).add(service));
      }
    }
  }
  return new Map([...found].map(([type, services]) => [type, [...services].sort()]));
}

/** The files of the application that a file imports values from. */
function importedBy(file: ts.SourceFile): string[] {
  return file.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) || statement.importClause?.isTypeOnly) return [];
    const { text } = statement.moduleSpecifier as ts.StringLiteral;
    return text.startsWith(".")
      ? [path.resolve(path.dirname(file.fileName), text.replace(/\.js$/, ".ts"))]
      : [];
  });
}

/** The texts that a file gives to properties and variables named `type`. */
function* typesBuiltIn(file: ts.SourceFile): Generator<string> {
  for (const node of nodesOf(file)) {
    if (ts.isPropertyAssignment(node) && nameOf(node) === "type") yield* textsOf(node.initializer);
    else if (ts.isVariableDeclaration(node) && node.initializer && node.name.getText() === "type") {
      yield* textsOf(node.initializer);
    }
  }
}

function textsOf(value: ts.Expression): string[] {
  if (ts.isAsExpression(value) || ts.isParenthesizedExpression(value)) return textsOf(value.expression);
  if (ts.isConditionalExpression(value)) return [...textsOf(value.whenTrue), ...textsOf(value.whenFalse)];
  return ts.isStringLiteral(value) ? [value.text] : [];
}
