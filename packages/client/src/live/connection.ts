/**
 * How what is shown keeps up with the server:
 *
 * - `idle`: nothing is watched;
 * - `connecting`: the first answer is awaited;
 * - `live`: changes arrive as they happen;
 * - `reconnecting`: the connection was cut, and is being made again;
 * - `polling`: no stream can be had, so the run is read every two seconds;
 * - `closed`: the run has ended, or the server refused.
 */
export type Connection = "idle" | "connecting" | "live" | "reconnecting" | "polling" | "closed";
