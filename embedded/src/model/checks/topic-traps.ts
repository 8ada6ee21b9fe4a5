import { type App, created } from "../app.js";
import type { TopicResource } from "../resources/resource.js";
import { wireOf, withoutUndefined } from "../schema/to-schema.js";
import type { Type } from "../types/type.js";

const UNION_FIX =
  "Use one interface with the attributes, and put the union into a field: `interface Event extends Envelope { event: A | B }`.";

/** Warns of topics whose attributes are not what they seem. */
export function checkTopicTraps(app: App): void {
  for (const { resource } of created(app, "topic")) {
    const type = app.resolver.underlying(resource.message.type);
    if (type.kind === "union") checkUnion(app, resource, type.members);
    else checkOrdering(app, resource, type);
  }
}

function checkUnion(app: App, topic: TopicResource, members: Type[]): void {
  const hasAttributes = members.some((m) => {
    const member = app.resolver.underlying(m);
    return member.kind === "object" && member.fields.some((f) => wireOf(f.type)?.at === "attribute");
  });
  if (!hasAttributes && !topic.orderingAttribute) return;
  app.diagnostics.warn(
    { module: topic.module, node: topic.message.node },
    {
      code: "topic-union-attributes",
      message: `The messages of \`${topic.name}\` are a union: no attributes are taken from them.`,
      fix: UNION_FIX,
    },
  );
}

function checkOrdering(app: App, topic: TopicResource, type: Type): void {
  const ordering = topic.orderingAttribute;
  if (!ordering) return;
  const fields = type.kind === "object" ? type.fields : [];
  const field = fields.find((f) => f.name === ordering.value);
  const problem = !field
    ? "is not a field of the message"
    : wireOf(withoutUndefined(field.type).type)?.at !== "attribute"
      ? "is not an `Attribute`"
      : field.optional
        ? "is optional: publishing a message without it fails"
        : undefined;
  if (!problem) return;
  app.diagnostics.warn(
    { module: topic.module, node: ordering.node },
    {
      code: "ordering-attribute",
      message: `The ordering attribute \`${ordering.value}\` of \`${topic.name}\` ${problem}.`,
      fix: `Declare \`${ordering.value}: Attribute<string>\` as a required top-level field of the message.`,
    },
  );
}
