import { addBind, docOf } from "./bind.js";
import { objectOf, placed, text, Unreadable } from "./literals.js";
import { readMade } from "./named-class.js";
import type { Pass } from "./resource.js";

const config = objectOf({ deliveryGuarantee: placed(text), orderingAttribute: placed(text) });

/** Reads `new Topic<Message>("name", …)`. */
export function readTopics(pass: Pass): void {
  const { module, resolver } = pass;
  const layout = { classes: ["Topic"], config, required: true };
  readMade(pass, "encore.dev/pubsub", layout, ({ node, binding, name, config: options }) => {
    const messageNode = node.typeArguments?.[0];
    if (!messageNode) {
      throw new Unreadable(node, {
        code: "topic-untyped",
        message: "The topic does not state the type of its messages.",
        fix: `Write \`new Topic<Message>("${name}", …)\`.`,
      });
    }
    const type = resolver.resolve(module, messageNode);
    const guarantee = options?.deliveryGuarantee;
    const value = guarantee?.value ?? "at-least-once";
    if (value !== "at-least-once" && value !== "exactly-once") {
      throw new Unreadable(guarantee?.node ?? node, {
        code: "topic-guarantee",
        message: `There is no delivery guarantee \`${value}\`.`,
        fix: 'Use "at-least-once" or "exactly-once".',
      });
    }
    addBind(pass, node, binding, {
      kind: "topic",
      name,
      module,
      node,
      ...docOf(pass, node),
      message: { type, node: messageNode },
      deliveryGuarantee: value,
      ...(options?.orderingAttribute && { orderingAttribute: options.orderingAttribute }),
    });
  });
}
