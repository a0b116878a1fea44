// Two runs beside each other: what differs in their conditions comes first.
import { h, table, select } from "./dom.js";
import { get } from "./api.js";
import { Plot, markers, mark, extent } from "./plot.js";
import { Hypervolume } from "./curves.js";
import { ms, percent, count, conditions, interval } from "./format.js";

const viewSchema = "trtnas.view/1";

export async function showCompare(main, a, b, live) {
  live("");
  const { runs } = await get("runs", {}, "trtnas.ui-runs/1");
  const names = runs.map((r) => r.name);
  a ||= names[0];
  b ||= names.find((n) => n !== a);
  if (!a || !b) { main.replaceChildren(h("h1", {}, "Compare"), h("p", {}, "There is only one run to compare; ", h("a", { href: "#/" }, "back to the runs"), ".")); return () => {}; }
  const views = await Promise.all([a, b].map((run) => get("view", { run }, viewSchema)));
  const go = (x, y) => { location.hash = `#/compare/${encodeURIComponent(x)}/${encodeURIComponent(y)}`; };
  const pick = (label, value, change) => select(label, names.map((n) => [n, n]), value, change);
  const sides = views.map((view, i) => ({ view, name: view.name, ink: i ? "reference" : "accent", dash: i ? [7, 4] : [] }));
  const hypervolume = new Hypervolume(sides);
  main.replaceChildren(h("h1", {}, "Compare two runs"),
    h("div", { class: "controls" }, pick("Solid", a, (v) => go(v, b)), pick("Dashed", b, (v) => go(a, v))),
    differences(views), fronts(sides), hypervolume.element, summary(views));
  hypervolume.update();
  return () => {};
}

function differences([a, b]) {
  const rows = [["conditions", conditions(a.conditions), conditions(b.conditions)]];
  const other = new Map(b.settings.map((s) => [s.name, s.value]));
  for (const s of a.settings) rows.push([s.name, s.value, other.get(s.name) ?? ""]);
  for (const s of b.settings) if (!a.settings.some((t) => t.name === s.name)) rows.push([s.name, "", s.value]);
  const differ = rows.filter(([, x, y]) => x !== y);
  const incomparable = JSON.stringify(a.conditions) !== JSON.stringify(b.conditions);
  return h("section", {}, h("h2", {}, "What differs"),
    incomparable ? h("p", { class: "bad" }, "The runs hold under different conditions: their latencies and hypervolumes can't be compared, only looked at.") : null,
    a.budget_ms !== b.budget_ms ? h("p", { class: "bad" }, "The budgets differ, and with them what the hypervolume is measured up to.") : null,
    differ.length ? table("Differing settings", [{ name: "setting", of: (r) => r[0] }, { name: a.name, class: "long", of: (r) => r[1] }, { name: b.name, class: "long", of: (r) => r[2] }], differ) : h("p", {}, "Nothing: conditions and settings are the same."));
}

function fronts(sides) {
  const plot = new Plot("The two runs' fronts: accuracy against latency", 380, (p) => {
    const all = (key) => sides.flatMap((s) => s.view.front[key]);
    [p.x.low, p.x.high] = [0, Math.max(...all("latency_ms"), ...sides.map((s) => s.view.budget_ms)) * 1.08];
    [p.y.low, p.y.high] = extent(all("top1_bound"), 0.08);
    [p.x.label, p.y.label] = ["latency of one batch, ms", "lower bound of top-1, %"];
    p.axes();
    p.clip((g) => {
      for (const s of sides) {
        const f = s.view.front, ink = p.ink[s.ink];
        p.line([...f.latency_ms].reverse(), [...f.top1_bound].reverse(), ink, { stepped: true, dash: s.dash, width: 1.5 });
        f.id.forEach((_, i) => mark(g, markers[f.latency_source[i]] ?? markers.predicted, p.px(f.latency_ms[i]), p.py(f.top1_bound[i]), 3, ink, p.ink.page));
      }
    });
  });
  return h("section", {}, h("h2", {}, "Fronts"), plot.figure, h("p", { class: "note" }, `Solid: ${sides[0].name}. Dashed: ${sides[1].name}. Up stands what the searches maximise, the lower bound of top-1.`));
}

function summary(views) {
  const best = (v) => (v.front.id.length ? `${percent(v.front.top1[0])} %, ${interval(v.front.top1_low[0], v.front.top1_high[0], v.front.top1_level, percent)}` : "no network within the budget");
  const at = (v) => (v.front.id.length ? `${ms(v.front.latency_ms[0])} ms, ${v.front.latency_source[0]}` : "");
  const shared = views[0].front.id.filter((id) => views[1].front.id.includes(id)).length;
  const rows = [["best top-1 within the budget", ...views.map(best)], ["its latency", ...views.map(at)], ["networks on the front", ...views.map((v) => count(v.front.id.length))],
    ["hypervolume", ...views.map((v) => v.hypervolume.value.at(-1) ?? "")], ["evaluated", ...views.map((v) => count(v.evaluated))], ["failed", ...views.map((v) => count(v.failures.reduce((n, k) => n + k.networks, 0)))],
    ...(views.some((v) => v.rejected) ? [["outside the accuracy model's range", ...views.map((v) => count(v.rejected ?? 0))]] : [])];
  return h("section", {}, h("h2", {}, "Figures"), table("Figures of both runs", [{ name: "figure", of: (r) => r[0] }, { name: views[0].name, of: (r) => r[1] }, { name: views[1].name, of: (r) => r[2] }], rows),
    h("p", { class: "note" }, `${shared === 1 ? "One network stands" : `${shared} networks stand`} on both fronts. One seed each says little: searches with other seeds differ too.`));
}
