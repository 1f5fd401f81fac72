/** How workers and holds name a definition: `name@version`. */
export function definitionKey(of: { readonly workflow: string; readonly version: string }): string {
  return `${of.workflow}@${of.version}`;
}
