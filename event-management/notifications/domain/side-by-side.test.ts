import { describe, expect, it } from "vitest";
import { sideBySide } from "./side-by-side.js";

describe("channels side by side", () => {
  const broken = async () => {
    throw new Error("broken");
  };
  const hanging = () => new Promise<void>(() => {});

  it("are all done where one fails, and the failure is told", async () => {
    const done: string[] = [];
    const tell = (name: string) => async () => {
      done.push(name);
    };
    const channels = { email: broken, "in-app": tell("in-app"), webhook: tell("webhook") };
    await expect(sideBySide(channels)).rejects.toThrow("broken");
    expect(done).toEqual(["in-app", "webhook"]);
  });

  it("do not wait for ever for one that hangs", async () => {
    let told = false;
    const inApp = async () => {
      told = true;
    };
    const sending = sideBySide({ email: hanging, "in-app": inApp }, 20);
    await expect(sending).rejects.toThrow("The channel email did not take the event over within 20 ms.");
    expect(told).toBe(true);
  });

  it("tell of all failures where there are several", async () => {
    const sending = sideBySide({ email: broken, webhook: hanging }, 20);
    await expect(sending).rejects.toThrow(/broken; Error: The channel webhook/);
  });
});
