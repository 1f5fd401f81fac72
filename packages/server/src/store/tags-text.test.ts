import { describe, expect, it } from "vitest";
import { HOSTILE_TEXTS } from "../testing/store-conformance/fixtures.js";
import { encodeTags, tagPattern } from "./tags-text.js";

const LISTS = [
  [],
  [...HOSTILE_TEXTS],
  ...HOSTILE_TEXTS.map((tag) => [tag]),
  ...HOSTILE_TEXTS.flatMap((a) => HOSTILE_TEXTS.map((b) => [a, b])),
];

describe("encodeTags", () => {
  it("is a JSON array of the tags", () => {
    for (const tags of LISTS) expect(JSON.parse(encodeTags(tags))).toEqual(tags);
  });

  it("contains the pattern of a tag if and only if it has the tag", () => {
    for (const tags of LISTS) {
      const found = HOSTILE_TEXTS.filter((tag) => encodeTags(tags).includes(tagPattern(tag)));
      expect(found).toEqual(HOSTILE_TEXTS.filter((tag) => tags.includes(tag)));
    }
  });
});
