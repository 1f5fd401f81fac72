import { createHmac } from "node:crypto";

/**
 * What a run draws from its secret seed: the same on every replay, another one for each purpose, and
 * not to be guessed without the seed. Nothing is computed before it is asked for.
 */
export interface Seeded {
  /** What `uuid(name)` answers at its `occurrence`th call (from 1) with that name: a UUIDv4. */
  uuid(name: string, occurrence: number): string;
  /** What `random(name)` answers at its `occurrence`th call with that name: at least 0, below 1. */
  random(name: string, occurrence: number): number;
  /**
   * The key that a step hands to the service it calls, the same for all its attempts: ASCII of 43
   * characters. `generation` counts how often a success of the step was forgotten.
   */
  idempotencyKey(stepKey: string, iteration: number, generation: number): string;
  /** The same for the undo of a step. */
  undoKey(stepKey: string, iteration: number, generation: number): string;
  /** The id of the run that a step starts: a UUIDv4. */
  childId(stepKey: string, iteration: number, generation: number): string;
}

/** @param seed the run's secret, at least 16 random bytes written as text. */
export function createSeeded(seed: string): Seeded {
  // JSON keeps the parts apart: ("a", 11) and ("a1", 1) are different texts.
  const digest = (...parts: readonly (string | number)[]): Buffer =>
    createHmac("sha256", seed).update(JSON.stringify(parts)).digest();

  return {
    uuid: (name, occurrence) => toUuid(digest("uuid", name, occurrence)),
    random: (name, occurrence) => toFraction(digest("random", name, occurrence)),
    idempotencyKey: (stepKey, iteration, generation) =>
      digest("step", stepKey, iteration, generation).toString("base64url"),
    undoKey: (stepKey, iteration, generation) =>
      digest("undo", stepKey, iteration, generation).toString("base64url"),
    childId: (stepKey, iteration, generation) =>
      toUuid(digest("child", stepKey, iteration, generation)),
  };
}

function toUuid(digest: Buffer): string {
  const hex = digest.toString("hex", 0, 16);
  const variant = ((digest.readUInt8(8) & 0x3f) | 0x80).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    variant + hex.slice(18, 20),
    hex.slice(20),
  ].join("-");
}

/** As many bits as a double has below 1. */
function toFraction(digest: Buffer): number {
  return ((digest.readUInt32BE(0) >>> 5) * 2 ** 26 + (digest.readUInt32BE(4) >>> 6)) / 2 ** 53;
}
