import { MediaQuery } from "svelte/reactivity";

/** Room for the list of chats beside the transcript; the same width as Tailwind's `md`. */
export const wide = new MediaQuery("min-width: 48rem");
