import { expect, test } from "vitest";
import { TenantActivity } from "./tenant-activity.js";

function activity() {
  const clock = { now: 0 };
  return { clock, tenants: new TenantActivity(() => clock.now) };
}

test("one tenant is alone, whatever it does, and beside messages of none", () => {
  const { tenants } = activity();
  for (const tenant of ["a", "", "a"]) tenants.seen(tenant);
  expect(tenants.several).toBe(false);
});

test("a second tenant counts from its first message until some seconds after its last", () => {
  const { clock, tenants } = activity();
  tenants.seen("a");
  tenants.seen("b");
  expect(tenants.several).toBe(true);
  for (clock.now = 0; clock.now < 14_000; clock.now += 100) tenants.seen("a");
  expect(tenants.several).toBe(true);
  clock.now = 16_000;
  tenants.seen("a");
  expect(tenants.several).toBe(false);
});

test("a tenant that comes long after another is alone", () => {
  const { clock, tenants } = activity();
  tenants.seen("a");
  clock.now = 60_000;
  tenants.seen("b");
  expect(tenants.several).toBe(false);
});
