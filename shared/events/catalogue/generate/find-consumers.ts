import { readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import type { AppModel } from "../../../../embedded/src/model/app-model.js";
import { nameOf, nodesOf } from "./source-files.js";

/** What a subscription handles: event types with the highest version known of each, or `every`. */
interface Handled {
  topic: string;
  /** `service/subscription` */
  consumer: string;
  handles: "every" | Map<string, number>;
}

/** What each subscription says that it handles, in the property `handles` of its declaration. */
export function handledBy(model: AppModel, root: string): Handled[] {
  return model.subscriptions.map(({ topic, service, name, place }) => {
    const text = readFileSync(path.join(root, place.file), "utf8");
    const file = ts.createSourceFile(place.file, text, ts.ScriptTarget.Latest, true);
    const at = file.getPositionOfLineAndCharacter(place.line - 1, place.column - 1);
    const declaration = [...nodesOf(file)].find((node) => ts.isNewExpression(node) && node.getStart() === at);
    return { topic, consumer: `${service}/${name}`, handles: handledIn(declaration) };
  });
}

function handledIn(declaration: ts.Node | undefined): Handled["handles"] {
  for (const node of declaration ? nodesOf(declaration) : []) {
    if (!ts.isPropertyAssignment(node) || nameOf(node) !== "handles") continue;
    if (!ts.isObjectLiteralExpression(node.initializer)) return "every";
    const versions = node.initializer.properties.flatMap((property): [string, number][] => {
      const type = nameOf(property);
      return type !== undefined &&
        ts.isPropertyAssignment(property) &&
        ts.isNumericLiteral(property.initializer)
        ? [[type, Number(property.initializer.text)]]
        : [];
    });
    return new Map(versions);
  }
  return "every";
}

/** The subscriptions that handle a version of an event type. */
export function consumersOf(
  subscriptions: Handled[],
  event: { topic: string; type: string; version: number },
): string[] {
  return subscriptions
    .filter(({ topic, handles }) => {
      if (topic !== event.topic) return false;
      return handles === "every" || (handles.get(event.type) ?? 0) >= event.version;
    })
    .map(({ consumer }) => consumer)
    .sort();
}
