// The dashboard: which page the address asks for, and its theme.
import { h } from "./dom.js";
import { showRuns } from "./runs.js";
import { showRun } from "./run.js";
import { showCompare } from "./compare.js";

const main = document.getElementById("main");
const live = (text) => { document.getElementById("live").textContent = text; };
let stop = () => {}, visit = 0;

async function route() {
  stop();
  stop = () => {};
  const mine = ++visit;
  const [page, ...names] = location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  document.getElementById("where").textContent = page === "run" ? names[0] : page === "compare" ? "compare" : "";
  document.title = page === "run" ? `${names[0]} · trtnas` : "trtnas";
  main.replaceChildren(h("p", { class: "muted" }, "Reading…"));
  try {
    const end = await (page === "run" ? showRun(main, names[0], live) : page === "compare" ? showCompare(main, names[0], names[1], live) : showRuns(main, live));
    if (mine === visit) stop = end; else end();
  } catch (e) {
    if (mine !== visit) return;
    live("");
    main.replaceChildren(h("h1", {}, "That did not work"), h("p", { class: "bad" }, e.message), h("p", {}, h("a", { href: "#/" }, "Back to the runs")));
  }
}

// The theme is the system's until it is chosen; canvases are drawn anew in its colours.
const dark = matchMedia("(prefers-color-scheme: dark)"), button = document.getElementById("theme");
const chosen = () => localStorage.getItem("trtnas-theme");

function theme() {
  const now = chosen() ?? (dark.matches ? "dark" : "light");
  document.documentElement.dataset.theme = now;
  button.textContent = now === "dark" ? "Light theme" : "Dark theme";
  window.dispatchEvent(new Event("theme"));
}

button.addEventListener("click", () => {
  localStorage.setItem("trtnas-theme", document.documentElement.dataset.theme === "dark" ? "light" : "dark");
  theme();
});
dark.addEventListener("change", theme);
window.addEventListener("hashchange", () => { route(); main.focus(); });
theme();
route();
