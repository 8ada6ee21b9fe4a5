import { appendFileSync } from "node:fs";

/** Reports to vitest's caller the tests that passed at their second try only: to the file that UNSTABLE_TESTS names. */
export default class UnstableTests {
  onTestCaseResult(test) {
    if (!test.diagnostic()?.flaky) return;
    const [error] = test.result().errors ?? [];
    const text = `UNSTABLE ${test.module.relativeModuleId} > ${test.fullName}\n${error?.message ?? ""}\n`;
    appendFileSync(process.env.UNSTABLE_TESTS, text);
  }
}
