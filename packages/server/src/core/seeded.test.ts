import { describe, expect, it } from "vitest";
import { createSeeded } from "./seeded.js";

const UUIDV4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("createSeeded", () => {
  it("answers the same for the same seed, in any order", () => {
    const first = createSeeded("seed");
    const second = createSeeded("seed");
    const forwards = [first.uuid("a", 1), first.random("a", 1), first.idempotencyKey("a", 1, 0)];
    const backwards = [
      second.idempotencyKey("a", 1, 0),
      second.random("a", 1),
      second.uuid("a", 1),
    ];
    expect(backwards.toReversed()).toEqual(forwards);
  });

  it("keeps its answers from release to release, since live runs depend on them", () => {
    const seeded = createSeeded("seed");
    expect([
      seeded.uuid("a", 1),
      seeded.random("a", 1),
      seeded.idempotencyKey("a", 1, 0),
      seeded.undoKey("a", 1, 0),
      seeded.childId("a", 1, 0),
    ]).toMatchInlineSnapshot(`
      [
        "9b6e6387-0122-4468-9ff6-b54edfb51ef9",
        0.6255476978367598,
        "JNjhzKVLAuHM77v8evrO1lcx8_n5dCXehbfqeU213-4",
        "iDcJ4x0l6BQ-Uley_1PoiUHuXM7pFj9y2Uovs6Yamnw",
        "083728a1-9d82-4d99-9fc3-36411024cd18",
      ]
    `);
  });

  it("gives another answer for another seed, purpose, name, occurrence, iteration and generation", () => {
    const one = createSeeded("one");
    const answers = [
      createSeeded("two").idempotencyKey("a", 1, 0),
      one.idempotencyKey("a", 1, 0),
      one.idempotencyKey("a", 1, 1),
      one.idempotencyKey("a", 2, 0),
      one.idempotencyKey("a#2", 1, 0),
      one.idempotencyKey("a", 11, 0),
      one.idempotencyKey("a1", 1, 0),
      one.undoKey("a", 1, 0),
      one.childId("a", 1, 0),
      one.uuid("a", 1),
      one.uuid("a", 2),
      one.uuid("a1", 1),
    ];
    expect(new Set(answers).size).toBe(answers.length);
  });

  it("shapes uuids as UUIDv4, keys as short ASCII and random as a fraction", () => {
    const seeded = createSeeded("seed");
    for (let occurrence = 1; occurrence <= 200; occurrence += 1) {
      expect(seeded.uuid("", occurrence)).toMatch(UUIDV4);
      expect(seeded.childId("ä", occurrence, 0)).toMatch(UUIDV4);
      expect(seeded.idempotencyKey("\ud800", occurrence, 0)).toMatch(/^[A-Za-z0-9_-]{43}$/);
      expect(seeded.random("", occurrence)).toBeGreaterThanOrEqual(0);
      expect(seeded.random("", occurrence)).toBeLessThan(1);
    }
  });

  it("spreads random evenly", () => {
    const seeded = createSeeded("seed");
    const values = Array.from({ length: 2_000 }, (_, index) => seeded.random("x", index));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean).toBeGreaterThan(0.47);
    expect(mean).toBeLessThan(0.53);
  });
});
