// Whether somebody is filling in a form, which is not to be taken away from them.

/** Whether there is something in the form in which the focus is. */
export function isTyping(): boolean {
  const at = document.activeElement;
  if (!(at instanceof HTMLInputElement)) return false;
  return [at, ...(at.form?.elements ?? [])].some((field) => field instanceof HTMLInputElement && field.value !== "");
}
