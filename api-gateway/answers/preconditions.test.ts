import { describe, expect, it } from "vitest";
import { tagOf } from "./conditional.js";
import { matchesTag } from "./preconditions.js";

const current = { id: "a", revision: 3 };
const tag = tagOf(current)!;

describe("If-Match", () => {
  it.each([tag, `W/${tag}`, `"other", ${tag}`, `W/"other" , W/${tag}`, "*"])(
    "names what is there: %s",
    (ifMatch) => expect(matchesTag(ifMatch, current)).toBe(true),
  );

  it.each(["", '"other"', 'W/"other"', tag.slice(1, -1), `w/${tag}`, `W/W/${tag}`, `${tag}x`])(
    "does not name what is there: %s",
    (ifMatch) => expect(matchesTag(ifMatch, current)).toBe(false),
  );

  it("names nothing where nothing is there", () => {
    expect(matchesTag("*", undefined)).toBe(false);
  });
});
