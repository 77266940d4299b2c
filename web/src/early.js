// Classic script, runs before the first paint. Keep in step with state/theme.svelte.ts.
(function () {
  var choice = "system";
  try {
    choice = localStorage.getItem("sluice:theme") || "system";
  } catch {
    /* storage is off: follow the system */
  }
  var dark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "sluice-dark" : "sluice-light";
})();
