/**
 * A value as the one JSON parameter of a statement. NUL and halves of surrogate pairs, which no
 * database keeps in text, become U+FFFD: payloads have them escaped, so that this touches only free
 * text such as a log's message, where one of them would fail the batch of all other runs.
 */
export function toParameter(value: unknown): string {
  const json = JSON.stringify(value);
  return SUSPECT.test(json) ? json.replace(UNKEEPABLE, "$1\\ufffd") : json;
}

const SUSPECT = /\\u(?:0000|d[89a-f])/;

// JSON.stringify writes both as escapes, whole pairs never. A backslash of the text itself is
// doubled, so that only one with an even number before it begins an escape.
const UNKEEPABLE = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g;
