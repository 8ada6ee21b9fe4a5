import { AsyncLocalStorage } from "node:async_hooks";

/**
 * Calls a function outside every request. The SDK marks the current request
 * with `AsyncLocalStorage.enterWith`, which outlives the call that sets it:
 * without this a callee's mark would replace its caller's.
 */
export const runDetached: <Result, Args extends unknown[]>(
  fn: (...args: Args) => Result,
  ...args: Args
) => Result = AsyncLocalStorage.snapshot();
