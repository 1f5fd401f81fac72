import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** Who speaks in this process, and when the script began: handed on from process to process. */
const [, , SPEAKER = "script", BEGAN_AT = String(Date.now())] = process.argv;

const STYLES: Readonly<Record<string, Style>> = {
  script: "bold",
  run: "cyan",
  "worker 1": "yellow",
  "worker 2": "green",
};

/** The arguments that have another process speak under that name, on this process' clock. */
export function speakAs(name: string): string[] {
  return [name, BEGAN_AT];
}

/** Prints one line: seconds since the script began, who, what. */
export function narrate(what: string, who: string = SPEAKER): void {
  const seconds = ((Date.now() - Number(BEGAN_AT)) / 1_000).toFixed(2).padStart(6);
  console.log(`${seconds} s  ${styled(STYLES[who] ?? "reset", who.padEnd(8))}  ${what}`);
}

function styled(style: Style, text: string): string {
  return process.stdout.isTTY ? styleText(style, text) : text;
}
