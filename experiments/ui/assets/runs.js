// The list of runs.
import { h, table, command } from "./dom.js";
import { get, follow } from "./api.js";
import { count, conditions, state, time } from "./format.js";

const schema = "trtnas.ui-runs/1";
const address = (name) => `#/run/${encodeURIComponent(name)}`;

export async function showRuns(main, live) {
  let list = await get("runs", {}, schema);
  const growing = new Set(), picked = new Set();
  const draw = () => main.replaceChildren(...(list.runs.length ? runs(list, growing, picked, draw) : empty(list)));
  draw();
  live(list.runs.length ? "" : "waiting for the first run");
  return follow(async () => {
    const now = await get("runs", {}, schema);
    const before = new Map(list.runs.map((r) => [r.name, r]));
    growing.clear();
    for (const r of now.runs) if (r.evaluated > (before.get(r.name)?.evaluated ?? r.evaluated)) growing.add(r.name);
    const changed = JSON.stringify(now) !== JSON.stringify(list);
    list = now;
    live(growing.size ? `live: ${growing.size} running` : "");
    if (changed && !main.contains(document.activeElement?.closest("table"))) draw();
    return changed;
  });
}

function empty(list) {
  return [h("h1", {}, "No runs yet"), h("section", {},
    h("p", {}, "Runs in ", h("code", {}, list.db), " appear here, also while they go on. A search without a GPU takes some seconds:"),
    command({ does: "search on a model of the NVIDIA T4; add --device local to measure on this machine's GPU", line: list.search }))];
}

function runs(list, growing, picked, draw) {
  const compare = [...picked].map(encodeURIComponent).join("/");
  const columns = [
    { name: "compare", of: (r) => h("input", { type: "checkbox", checked: picked.has(r.name), "aria-label": `choose ${r.name} to compare`, onchange: (e) => { if (e.target.checked) picked.add(r.name); else picked.delete(r.name); draw(); } }) },
    { name: "run", of: (r) => h("a", { href: address(r.name) }, r.name) },
    { name: "state", of: (r) => { const s = state(r, growing.has(r.name)); return h("span", {}, h("span", { class: `badge ${s}` }, s), r.reason ? ` ${r.reason}` : ""); } },
    { name: "budget, ms", n: true, of: (r) => r.budget_ms },
    { name: "evaluated", n: true, of: (r) => count(r.evaluated) },
    { name: "begun", class: "whole", of: (r) => time(r.created) },
    { name: "conditions", class: "long", of: (r) => conditions(r.conditions) },
  ];
  return [h("h1", {}, "Runs"), h("p", { class: "muted" }, "in ", h("code", {}, list.db)),
    h("section", {}, table("Runs", columns, list.runs),
      h("div", { class: "controls" }, picked.size === 2 ? h("a", { href: `#/compare/${compare}` }, "Compare these two") : h("span", { class: "note" }, list.runs.length > 1 ? "Choose two runs to compare them." : "")))];
}
