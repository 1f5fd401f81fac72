"use client";

import { isEnded } from "@trpc-workflow/client/live";
import { useEffect, useRef } from "react";
import type { AnyRun } from "./workflow-calls.js";

/** Calls `onEnded` once for each run that is shown and has ended, however long ago. */
export function useOnEnded(
  run: AnyRun | undefined,
  onEnded: ((run: AnyRun) => void) | undefined,
): void {
  const told = useRef(new Set<string>());
  useEffect(() => {
    if (run === undefined || onEnded === undefined || !isEnded(run)) return;
    if (told.current.has(run.id)) return;
    told.current.add(run.id);
    onEnded(run);
  }, [run, onEnded]);
}
