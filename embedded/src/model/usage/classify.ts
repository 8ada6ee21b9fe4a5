import type TS from "typescript";
import { ts } from "../typescript.js";

/** How a name that stands for a resource is used. */
export type Use =
  | { kind: "method"; name: TS.MemberName; call: TS.CallExpression }
  | { kind: "template"; name: TS.MemberName; template: TS.TaggedTemplateExpression }
  | { kind: "field"; name: TS.MemberName }
  | { kind: "callee" }
  | { kind: "call-argument" }
  | { kind: "constructor-argument" }
  | { kind: "other" };

/** Tells the use of a name (or of `namespace.name`) from the syntax around it; undefined where it is no use of the value. */
export function classifyUse(node: TS.Expression): Use | undefined {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.expression === node) {
    return ts.isPrivateIdentifier(parent.name) ? undefined : memberUse(parent);
  }
  if (ts.isElementAccessExpression(parent) && parent.expression === node) return undefined;
  if (ts.isCallExpression(parent) && parent.expression === node) return { kind: "callee" };
  const argument = ts.isSpreadElement(parent) ? parent : node;
  const taker = argument.parent;
  if (ts.isCallExpression(taker) && taker.arguments.some((a) => a === argument))
    return { kind: "call-argument" };
  if (ts.isNewExpression(taker) && taker.arguments?.some((a) => a === argument)) {
    return { kind: "constructor-argument" };
  }
  return isInExpression(node) ? { kind: "other" } : undefined;
}

function memberUse(access: TS.PropertyAccessExpression): Use {
  const { parent, name } = access;
  const chained = access.questionDotToken !== undefined;
  if (!chained && ts.isCallExpression(parent) && parent.expression === access && !parent.questionDotToken) {
    return { kind: "method", name, call: parent };
  }
  if (ts.isTaggedTemplateExpression(parent) && parent.tag === access) {
    return { kind: "template", name, template: parent };
  }
  return { kind: "field", name };
}

/** Whether the name is, or lies in, an expression; `export { name }` and `typeof name` in a type alias are not. */
function isInExpression(node: TS.Expression): boolean {
  const { parent } = node;
  if (ts.isExportAssignment(parent)) return true;
  const isName =
    ts.isExportSpecifier(parent) ||
    ts.isTypeQueryNode(parent) ||
    (ts.isVariableDeclaration(parent) && parent.name === node);
  if (!isName && ts.isExpression(node) && !ts.isTypeNode(parent)) return true;
  for (let at: TS.Node | undefined = parent; at; at = at.parent) {
    if (ts.isExpression(at)) return true;
  }
  return false;
}
