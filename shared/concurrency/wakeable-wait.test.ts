import { expect, it } from "vitest";
import { WakeableWait } from "./wakeable-wait.js";

const long = 60_000;

it("ends when woken, also by whoever came before it began", async () => {
  const pause = new WakeableWait();
  pause.listen();
  const waited = pause.wait(long);
  pause.wake();
  expect(await waited).toBe(true);
  expect(await pause.wait(long)).toBe(true);
});

it("ends after its time, and tells that nobody woke it", async () => {
  const pause = new WakeableWait();
  pause.wake();
  pause.listen();
  expect(await pause.wait(1)).toBe(false);
});

it("ends when it is closed, and is over at once from then on", async () => {
  const pause = new WakeableWait();
  const waited = pause.wait(long);
  pause.close();
  expect(await waited).toBe(false);
  pause.listen();
  expect(await pause.wait(long)).toBe(false);
});
