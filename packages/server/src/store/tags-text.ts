/**
 * Tags as they are stored: a JSON array whose elements stand between line breaks. A line break is
 * white space to a JSON parser and never part of an encoded string, so that `tagPattern` occurs in
 * the text exactly where the tag does, whatever quotes, commas and backslashes tags have.
 */
export function encodeTags(tags: readonly string[]): string {
  return `[${tags.map(tagPattern).join(",")}]`;
}

/** What the text of `encodeTags` contains, as a plain substring, if and only if it has this tag. */
export function tagPattern(tag: string): string {
  return `\n${JSON.stringify(tag)}\n`;
}
