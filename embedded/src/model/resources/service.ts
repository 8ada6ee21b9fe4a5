import { addBind, docOf } from "./bind.js";
import { attempt, expression, objectOf, Unreadable } from "./literals.js";
import { boundVariable, enclosingNew, isDefaultExport, nameArgument, usesOf } from "./references.js";
import type { Pass } from "./resource.js";

const SERVICE_FIX = 'Write `export default new Service("name")` in `encore.service.ts`.';
const config = objectOf({ middlewares: expression });

/** Reads `export default new Service("name", …)`; only `encore.service.ts` may hold it. */
export function readService(pass: Pass): void {
  let count = 0;
  for (const use of usesOf(pass.module, "encore.dev/service", ["Service"])) {
    attempt(pass.diagnostics, pass.module, () => {
      const made = enclosingNew(use);
      if (!made) return;
      const refuse = (message: string) =>
        new Unreadable(made, { code: "service-invalid", message, fix: SERVICE_FIX });
      if (boundVariable(use)) throw refuse("A service is not bound to a variable.");
      const name = nameArgument(made, 0);
      if (made.arguments?.[1]) config(made.arguments[1]);
      if (!isDefaultExport(made)) throw refuse("A service must be the default export of its file.");
      if (count++ > 0) throw refuse("A file can hold one service only.");
      if (!/(^|\/)encore\.service\.ts$/.test(pass.module.file)) {
        throw refuse("Services can only be declared in a file named `encore.service.ts`.");
      }
      addBind(
        pass,
        made,
        { kind: "default" },
        {
          kind: "service",
          name,
          module: pass.module,
          node: made,
          ...docOf(pass, made),
        },
      );
      pass.serviceName = name;
    });
  }
}
