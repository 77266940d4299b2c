// Classic script, runs before the first paint. The first part is to be kept in step with state/theme.svelte.ts.
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

// While the server is replaced, one process gives out a page whose parts are asked of another, which does not have them. The page is
// blank then: it says why, and is loaded once more.
(function () {
  var KEY = "sluice:reloaded";
  var WAIT_MS = 2000;
  /* Within this time the second failure is no passing one. */
  var ONCE_IN_MS = 60000;
  var told = false;

  function mayReload() {
    try {
      var before = Number(sessionStorage.getItem(KEY));
      if (Date.now() - before < ONCE_IN_MS) return false;
      sessionStorage.setItem(KEY, String(Date.now()));
      return true;
    } catch {
      /* storage is off: nobody would know of the first time at the second */
      return false;
    }
  }

  function say(again) {
    var words = document.createElement("p");
    words.setAttribute("role", "alert");
    words.textContent = "A part of Sluice could not be loaded: the server may just be replaced. " + (again ? "Trying again…" : "");
    document.body.prepend(words);
    if (again) return;
    var button = document.createElement("button");
    button.textContent = "Reload";
    button.addEventListener("click", function () {
      location.reload();
    });
    words.append(button);
  }

  function failed() {
    if (told) return;
    told = true;
    var again = mayReload();
    if (document.body) say(again);
    else
      document.addEventListener("DOMContentLoaded", function () {
        say(again);
      });
    if (again)
      setTimeout(function () {
        location.reload();
      }, WAIT_MS);
  }

  /* It does not bubble. Once there is a page, that says itself what could not be loaded. */
  addEventListener(
    "error",
    function (event) {
      var part = event.target;
      var isEntry = part instanceof HTMLScriptElement || (part instanceof HTMLLinkElement && part.rel === "stylesheet");
      var app = document.getElementById("app");
      if (isEntry && !(app && app.firstChild)) failed();
    },
    true,
  );
})();
