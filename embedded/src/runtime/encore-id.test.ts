import { expect, test } from "vitest";
import { encoreId } from "./encore-id.js";

test.each([
  ["0af7651916cd43dd8448eb211c80319c", "1brma68mpl1tr128tcghp01hjg"],
  ["ffffffffffffffff", "vvvvvvvvvvvvu"],
  ["00000000000000000000000000000000", "0".repeat(26)],
])("%s is written in base 32", (hex, id) => {
  expect(encoreId(hex)).toBe(id);
});
