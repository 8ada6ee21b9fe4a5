import type TS from "typescript";
import type { CronJob } from "../app-model.js";
import { addBind, docOf } from "./bind.js";
import { cronProblem } from "./cron-expression.js";
import { duration, expression, objectOf, placed, type Reader, text, Unreadable } from "./literals.js";
import { readMade } from "./named-class.js";
import type { Pass } from "./resource.js";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const schedule: Reader<string> = (node) => {
  const cron = text(node);
  const problem = cronProblem(cron);
  if (problem === undefined) return cron;
  throw new Unreadable(node, {
    code: "cron-schedule",
    message: `The schedule \`${cron}\` is not valid: ${problem}.`,
    fix: 'Write five fields (minute, hour, day of month, month, day of week), such as "0 4 * * *".',
  });
};

const config = objectOf({ endpoint: expression, title: text, every: placed(duration), schedule }, [
  "endpoint",
]);
type Config = ReturnType<typeof config>;

/** Reads `new CronJob("name", { endpoint, every | schedule })`. */
export function readCronJobs(pass: Pass): void {
  const { module, resolver } = pass;
  const layout = { classes: ["CronJob"], config, required: true };
  readMade(pass, "encore.dev/cron", layout, ({ node, binding, name, config: options }) => {
    const endpointNode = options!.endpoint!;
    const declaration = resolver.resolveReference(module, endpointNode);
    if (!declaration) {
      throw new Unreadable(endpointNode, {
        code: "cron-endpoint",
        message: "The endpoint of the cron job cannot be found.",
        fix: "Name the variable of an endpoint, or import it.",
      });
    }
    addBind(pass, node, binding, {
      kind: "cron",
      name,
      module,
      node,
      ...docOf(pass, node),
      ...(options?.title !== undefined && { title: options.title }),
      schedule: readSchedule(node, options!),
      endpoint: { declaration, node: endpointNode },
    });
  });
}

function readSchedule(made: TS.Node, { every, schedule: cron }: Config): CronJob["schedule"] {
  const refuse = (node: TS.Node, message: string) =>
    new Unreadable(node, {
      code: "cron-schedule",
      message,
      fix: 'Write `every: "1h"` or `schedule: "0 4 * * *"`.',
    });
  if (every && cron !== undefined) throw refuse(made, "`every` and `schedule` cannot both be given.");
  if (cron !== undefined) return { cron };
  if (!every) throw refuse(made, "Either `every` or `schedule` must be given.");
  if (Math.floor(every.value / 1000) % 60 !== 0)
    throw refuse(every.node, "`every` must be a whole number of minutes.");
  if (every.value > DAY) throw refuse(every.node, "`every` must be at most 24 hours.");
  return { everyMs: Math.floor(every.value / MINUTE) * MINUTE };
}
