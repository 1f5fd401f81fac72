/** Writes one line at a level; `data` is kept beside the message, not formatted into it. */
export interface Logger {
  readonly debug: (message: string, data?: unknown) => void;
  readonly info: (message: string, data?: unknown) => void;
  readonly warn: (message: string, data?: unknown) => void;
  readonly error: (message: string, data?: unknown) => void;
}

/** The levels of {@link Logger}, least severe first. */
export type LogLevel = keyof Logger;
