import { expect, test } from "vitest";
import { Floods } from "./floods.js";

function floodsAt() {
  const clock = { now: 0 };
  return { clock, floods: new Floods(() => clock.now) };
}

test("a flood has its turn in each period, and waits for the rest of it", () => {
  const { clock, floods } = floodsAt();
  floods.saw("flood");
  expect(floods.now().waiting).toEqual([]);
  clock.now = 70;
  expect(floods.now()).toEqual({ waiting: ["flood"], turnInMs: 30 });
  clock.now = 100;
  expect(floods.now().waiting).toEqual([]);
});

test("nobody waits once a flood is over, nor for messages of no tenant", () => {
  const { clock, floods } = floodsAt();
  floods.saw("flood");
  floods.saw("");
  clock.now = 70;
  expect(floods.now().waiting).toEqual(["flood"]);
  clock.now = 1_070;
  expect(floods.now().waiting).toEqual([]);
  floods.saw("flood");
  floods.clear();
  expect(floods.now().waiting).toEqual([]);
});
