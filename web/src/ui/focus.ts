import { tick } from "svelte";
import { wide } from "./wide.svelte.ts";

/** Gives the focus to the composer when what had it is gone. Not on a phone: its keyboard would come up. */
export async function keepFocus(): Promise<void> {
  await tick();
  if (wide.current && document.activeElement === document.body) document.getElementById("composer")?.focus();
}
