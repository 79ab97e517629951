// Runs before the first paint, so that a dark page never flashes white. A file, not inline: the page's CSP allows no inline script.
(function () {
  var wanted = null;
  try {
    wanted = localStorage.getItem("chapterhouse-color-scheme");
  } catch {
    // Storage is off: the system's choice it is.
  }
  var dark = wanted === "dark" || (wanted !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();
