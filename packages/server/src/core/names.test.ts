import { describe, expect, it } from "vitest";
import { InvalidArgumentError } from "./errors.js";
import {
  assertKey,
  assertOwner,
  assertPriority,
  assertRunId,
  assertStepName,
  assertTags,
  assertWorkflowName,
  isRunId,
  stepKey,
} from "./names.js";

const NOT_TEXT_FOR_A_DATABASE = ["a\0b", "a\ud800", "\udc00a", "", 7, null, undefined];

function refuses(check: (value: unknown) => void, values: readonly unknown[]): void {
  for (const value of values)
    expect(() => check(value), String(value)).toThrow(InvalidArgumentError);
}

describe("assertWorkflowName", () => {
  it("takes a lower-case letter and up to 99 letters, digits, dots, dashes and underscores", () => {
    for (const name of ["a", "checkout", "a.B-c_9", "a".repeat(100)]) assertWorkflowName(name);
    refuses(assertWorkflowName, ["", "A", "1a", "a b", "a\n", "a".repeat(101), "ä", 7, undefined]);
  });

  it("says what was given and what is allowed", () => {
    expect(() => assertWorkflowName("Check out")).toThrow(
      'The name of a workflow must begin with a lower-case letter and have at most 100 letters, digits, dots, dashes and underscores; given was "Check out".',
    );
  });
});

describe("assertStepName", () => {
  it("takes 1 to 200 characters without # and control characters", () => {
    for (const name of ["charge", "charge card", "Zahlung ä 💳", "x".repeat(200)]) {
      assertStepName(name, "The name of a step");
    }
    refuses(
      (name) => assertStepName(name, "The name of a step"),
      ["a#2", "a\nb", "a\u0085", "x".repeat(201), ...NOT_TEXT_FOR_A_DATABASE],
    );
  });

  it("says whose name it is, and shows a long one in part", () => {
    expect(() => assertStepName("x".repeat(300), "The name of a sleep")).toThrow(
      /^The name of a sleep must .* given was "x{60}"… of 300 characters\.$/,
    );
  });
});

describe("isRunId and assertRunId", () => {
  it("take 1 to 200 of A-Z a-z 0-9 . _ : -", () => {
    for (const id of ["0198-a", "order:1.2_3", "x".repeat(200)]) {
      expect(isRunId(id)).toBe(true);
      assertRunId(id);
    }
    for (const id of ["", "a b", "a/b", "a\n", "ä", "x".repeat(201), 7, null]) {
      expect(isRunId(id), String(id)).toBe(false);
    }
    refuses(assertRunId, ["", "a b", 7]);
  });
});

describe("assertKey, assertOwner and assertTags", () => {
  it("take text within their lengths that a database keeps as it is", () => {
    assertKey("k".repeat(255), "idempotencyKey");
    assertKey("💳 #1\n", "dedupeKey");
    assertOwner("user_1");
    assertTags([]);
    assertTags(Array.from({ length: 20 }, () => "t".repeat(100)));
  });

  it("refuse what is too long, and NUL and halves of surrogate pairs", () => {
    refuses((key) => assertKey(key, "dedupeKey"), ["k".repeat(256), ...NOT_TEXT_FOR_A_DATABASE]);
    refuses(assertOwner, ["o".repeat(256), ...NOT_TEXT_FOR_A_DATABASE]);
    refuses(assertTags, ["tag", null, Array.from({ length: 21 }, () => "t"), ["t".repeat(101)]]);
    refuses(
      assertTags,
      NOT_TEXT_FOR_A_DATABASE.map((tag) => ["ok", tag]),
    );
  });

  it("name the option, and of tags which one", () => {
    expect(() => assertKey("", "dedupeKey")).toThrow(/^dedupeKey must be/);
    expect(() => assertTags(["a", ""])).toThrow(/^tags\[1\] must be/);
  });
});

describe("assertPriority", () => {
  it("takes integers of 32 bits", () => {
    for (const priority of [0, -1, 2 ** 31 - 1, -(2 ** 31)]) assertPriority(priority);
    refuses(assertPriority, [1.5, 2 ** 31, -(2 ** 31) - 1, Number.NaN, "1", null, 1n]);
  });
});

describe("stepKey", () => {
  it("is the name, then the name with the occurrence", () => {
    expect([1, 2, 10].map((occurrence) => stepKey("charge", occurrence))).toEqual([
      "charge",
      "charge#2",
      "charge#10",
    ]);
  });
});
