import { addBind, docOf, readNamed } from "./bind.js";
import { attempt, flag, objectOf, Unreadable } from "./literals.js";
import { readMade } from "./named-class.js";
import { nameProblem } from "./names.js";
import { usesOf } from "./references.js";
import type { Pass } from "./resource.js";

const config = objectOf({ versioned: flag, public: flag });

/** Reads `new Bucket("name", …)` and `Bucket.named("name")`. */
export function readBuckets(pass: Pass): void {
  const { module } = pass;
  const specifier = "encore.dev/storage/objects";
  readMade(pass, specifier, { classes: ["Bucket"], config }, ({ node, binding, name, config: options }) => {
    const problem = nameProblem(name, "-");
    if (problem !== undefined) {
      throw new Unreadable(node, {
        code: "bucket-name",
        message: `The bucket name \`${name}\` is not valid: ${problem}.`,
        fix: "Use lower-case letters, digits and dashes, such as `profile-pictures`.",
      });
    }
    addBind(pass, node, binding, {
      kind: "bucket",
      name,
      module,
      node,
      ...docOf(pass, node),
      public: options?.public ?? false,
      versioned: options?.versioned ?? false,
    });
  });
  for (const use of usesOf(module, specifier, ["Bucket"])) {
    attempt(pass.diagnostics, module, () => readNamed(pass, use, "bucket"));
  }
}
