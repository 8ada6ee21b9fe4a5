import { expect, test } from "vitest";
import { Floods } from "./floods.js";

function floodsAt() {
  const clock = { now: 0 };
  const floods = new Floods(() => clock.now);
  return { clock, floods };
}

/** The tenant had more than a short burst, and all that it may have. */
function flood(floods: Floods, tenant: string) {
  floods.took(tenant, 201);
  floods.saw(tenant);
}

test("a flood has its turn in each period, and waits for the rest of it", () => {
  const { clock, floods } = floodsAt();
  flood(floods, "flood");
  expect(floods.now().waiting).toEqual([]);
  clock.now = 70;
  expect(floods.now()).toEqual({ waiting: ["flood"], turnInMs: 30 });
  clock.now = 100;
  expect(floods.now().waiting).toEqual([]);
});

test("nobody waits once a flood is over, nor for messages of no tenant", () => {
  const { clock, floods } = floodsAt();
  flood(floods, "flood");
  flood(floods, "");
  clock.now = 70;
  expect(floods.now().waiting).toEqual(["flood"]);
  clock.now = 1_070;
  expect(floods.now().waiting).toEqual([]);
  flood(floods, "flood");
  floods.clear();
  expect(floods.now().waiting).toEqual([]);
});

test("what piled up once is no flood, nor is steady work, however often a tenant has all that it may have", () => {
  const { clock, floods } = floodsAt();
  floods.took("burst", 200);
  floods.saw("burst");
  for (clock.now = 0; clock.now < 60_070; clock.now += 30) {
    floods.took("steady", 1);
    floods.saw("steady");
    expect(floods.now().waiting).toEqual([]);
  }
});

test("a tenant that goes on after a burst has a flood, until it has regained what it may have in one go", () => {
  const { clock, floods } = floodsAt();
  floods.took("one", 1_000);
  clock.now = 3_070;
  floods.saw("one");
  expect(floods.now().waiting).toEqual(["one"]);
  clock.now = 5_070;
  floods.saw("one");
  expect(floods.now().waiting).toEqual([]);
});
