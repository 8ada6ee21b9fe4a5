/**
 * `npm run loss -- [--conversions N] [--kills N] [--every SECONDS] [--seed N] [--config FILE] [--kafka]`: the loss test at
 * full size. With `--kafka` on a broker of its own, from the jars in the folder KAFKA_TEST_JARS, which is killed as well.
 */
import { parseArgs } from "node:util";
import { surviveBrokenConnections } from "./database.ts";
import { startKafka } from "./kafka.ts";
import { proveNothingLost } from "./prove-nothing-lost.ts";

const { values } = parseArgs({
  options: {
    conversions: { type: "string", default: "20000" },
    kills: { type: "string", default: "20" },
    every: { type: "string", default: "6" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    patience: { type: "string", default: "300" },
    config: { type: "string" },
    kafka: { type: "boolean", default: false },
  },
});

surviveBrokenConnections();
console.log(`seed ${values.seed}`);
const broker = values.kafka ? await startKafka() : undefined;
const report = await proveNothingLost({
  broker,
  conversions: Number(values.conversions),
  kills: Number(values.kills),
  everySeconds: Number(values.every),
  seed: Number(values.seed),
  patienceSeconds: Number(values.patience),
  config: values.config,
  log: (line) => console.log(line),
}).finally(() => broker?.remove());
console.log(JSON.stringify(report, null, 2));
process.exit(report.wrong.length === 0 ? 0 : 1);
