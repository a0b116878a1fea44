// The page of one run.
import { h, table, command } from "./dom.js";
import { get, follow, download } from "./api.js";
import { Pareto } from "./pareto.js";
import { Hypervolume, health } from "./curves.js";
import { Parallel } from "./parallel.js";
import { network } from "./arch.js";
import { count, ms, percent, share, interval, conditions, state, time } from "./format.js";

const viewSchema = "trtnas.view/1", candidatesSchema = "trtnas.candidates/1", networkSchema = "trtnas.network/1";

// showRun draws the run into main and follows it until the returned function is called.
export async function showRun(main, name, live) {
  const run = { name, view: null, candidates: null, kept: null, chosen: null };
  [run.view, run.candidates] = await Promise.all([get("view", { run: name }, viewSchema), get("candidates", { run: name }, candidatesSchema)]);
  const page = new RunPage(main, run);
  page.update();
  if (run.view.state === "finished") { live(""); return () => {}; }
  live("waiting for news");
  return follow(async () => {
    const view = await get("view", { run: name }, viewSchema);
    const grown = view.evaluated - run.view.evaluated, changed = grown > 0 || view.state !== run.view.state;
    live(view.state === "finished" ? "finished" : grown > 0 ? `live: ${count(grown)} more networks` : "waiting for news");
    if (!changed && view.pending?.networks === run.view.pending?.networks) return false;
    if (grown > 0) append(run.candidates, await get("candidates", { run: name, from: run.candidates.id.length }, candidatesSchema));
    run.view = view;
    run.growing = grown > 0;
    page.update();
    return true;
  });
}

// append adds later candidates to the columns; sources and classes are numbered anew in each answer.
function append(all, more) {
  for (const key of ["id", "latency_ms", "top1", "top1_bound", "params_m", "macs_g"]) all[key].push(...more[key]);
  const map = (words, known) => words.map((w) => { if (!known.includes(w)) known.push(w); return known.indexOf(w); });
  const sources = map(more.sources, all.sources), classes = map(more.classes, all.classes);
  all.source.push(...more.source.map((s) => (s < 0 ? s : sources[s])));
  all.failure.push(...more.failure.map((f) => (f < 0 ? f : classes[f])));
  more.decisions.forEach((d, i) => all.decisions[i].values.push(...d.values));
}

class RunPage {
  constructor(main, run) {
    this.run = run;
    this.head = h("div");
    this.cards = h("dl", { class: "cards" });
    this.pareto = new Pareto(run, (id) => this.choose(id));
    this.networkPlace = h("div");
    this.hypervolume = new Hypervolume([{ get view() { return run.view; }, name: run.name, ink: "accent", dash: [] }]);
    this.parallel = new Parallel(run, () => this.pareto.plot.draw());
    this.frontTable = h("div");
    this.rest = h("div");
    main.replaceChildren(this.head, this.cards, this.pareto.element, this.networkPlace, this.frontTable,
      h("div", { class: "two" }, this.hypervolume.element, this.settings = h("section")), this.parallel.element, this.rest);
  }

  update() {
    const { view } = this.run;
    const scored = this.run.candidates.failure.some((f) => f < 0);
    for (const part of [this.pareto, this.parallel]) part.element.hidden = !scored;
    this.hypervolume.element.hidden = !view.hypervolume.value.some((v) => v > 0);
    this.drawHead();
    this.drawCards();
    this.pareto.update();
    performance.mark("front drawn"); // by which `make verify-ui` tells how long one waits for it
    this.hypervolume.update();
    this.drawFront();
    this.drawSettings();
    this.rest.replaceChildren(...[failures(view), screening(view), health(view), leftOut(view)].filter(Boolean));
    if (!this.run.chosen && view.front.id.length) this.choose(view.front.id[0]);
    // The first paint needs no parallel coordinates.
    requestAnimationFrame(() => setTimeout(() => scored && this.parallel.update(), 0));
  }

  drawHead() {
    const { view } = this.run, s = state(view, this.run.growing);
    this.head.replaceChildren(...[
      h("h1", {}, `${view.name} `, h("span", { class: `badge ${s}` }, s)),
      h("p", { class: "muted" }, conditions(view.conditions)),
      view.evaluated < view.planned && view.state !== "finished" ? h("progress", { max: view.planned, value: view.evaluated, "aria-label": "networks evaluated" }) : null,
      view.state !== "finished" ? h("p", { class: "note" }, "This run is not over: either it goes on now, and this page follows it, or it was stopped, and ", h("code", {}, view.commands[0].line), " goes on with it.",
        view.pending ? ` ${count(view.pending.networks)} networks were measured since its last round, the last at ${time(view.pending.last)}.` : "") : null,
      nothing(view)].filter(Boolean));
  }

  drawCards() {
    const { view } = this.run, f = view.front, failed = view.failures.reduce((n, k) => n + k.networks, 0);
    const card = (term, value, detail) => h("div", {}, h("dt", {}, term), h("dd", {}, value, h("small", {}, detail)));
    this.cards.replaceChildren(
      f.id.length ? card("Best top-1 within the budget", `${percent(f.top1[0])} %`, `${interval(f.top1_low[0], f.top1_high[0], f.top1_level, percent)}, ${f.top1_source[0]}`) : "",
      f.id.length ? card("Its latency", `${ms(f.latency_ms[0])} ms`, `${interval(f.latency_low_ms[0], f.latency_high_ms[0], f.latency_level, ms)}, ${f.latency_source[0]}`) : "",
      card("Budget", `${view.budget_ms} ms`, "of one batch"),
      card("Front", count(f.id.length), "networks that no other beats"),
      card("Evaluated", count(view.evaluated), `of ${count(view.planned)}${view.reason ? `; ${view.reason}` : ""}`),
      card("Failed", count(failed), failed ? `${share(failed / view.evaluated)} of those` : "no network"),
      view.rejected ? card("Kept off the front", count(view.rejected), `${share(view.rejected / view.evaluated)}; outside the accuracy model's range`) : "");
  }

  drawFront() {
    const { view, chosen } = this.run, f = view.front;
    if (!f.id.length) { this.frontTable.replaceChildren(); return; }
    const shown = thin(f.id.length, this.all ? f.id.length : 12);
    const columns = [
      { name: "network", of: (i) => h("button", { type: "button", "aria-pressed": String(f.id[i] === this.run.chosen), onclick: () => this.choose(f.id[i], true) }, f.id[i]) },
      { name: "latency, ms", n: true, of: (i) => ms(f.latency_ms[i]) },
      { name: `${Math.round(100 * f.latency_level)} %`, n: true, of: (i) => `[${ms(f.latency_low_ms[i])}, ${ms(f.latency_high_ms[i])}]` },
      { name: "source", of: (i) => f.latency_source[i] },
      { name: "top-1, %", n: true, of: (i) => percent(f.top1[i]) },
      { name: `${Math.round(100 * f.top1_level)} %`, n: true, of: (i) => `[${percent(f.top1_low[i])}, ${percent(f.top1_high[i])}]` },
      { name: "stages", class: "long code", of: (i) => f.rows[i] },
    ];
    this.frontTable.replaceChildren(h("section", {}, h("h2", {}, "Front"),
      table("Networks of the front", columns, shown, (i) => f.id[i] === chosen && "chosen"),
      h("div", { class: "controls" },
        f.id.length > 12 ? h("button", { type: "button", onclick: () => { this.all = !this.all; this.drawFront(); } }, this.all ? "Show 12 of them" : `Show all ${f.id.length}`) : null,
        h("a", { href: download("front.json", view.name), download: "" }, "Front as JSON"),
        h("a", { href: download("front.csv", view.name), download: "" }, "Front as CSV"),
        h("a", { href: `#/compare/${encodeURIComponent(view.name)}` }, "Compare with another run")),
      h("p", { class: "note" }, "Top-1 is an estimate for 300 epochs of training on ImageNet-1k: exported networks are untrained. Networks less than 0.5 points apart, or with overlapping intervals, are not told apart.")));
  }

  drawSettings() {
    const { view } = this.run;
    this.settings.replaceChildren(h("h2", {}, "Commands and settings"), ...view.commands.map(command),
      h("details", {}, h("summary", {}, "Settings"), table("Settings", [{ name: "setting", of: (s) => s.name }, { name: "value", class: "long", of: (s) => s.value }], view.settings)));
  }

  // choose shows a network; moved tells whether to bring it into sight.
  async choose(id, moved) {
    this.run.chosen = id;
    this.pareto.plot.draw();
    this.parallel.plot.draw();
    this.drawFront();
    const n = await get("network", { run: this.run.name, id }, networkSchema).catch((e) => ({ error: e.message }));
    if (this.run.chosen !== id) return;
    this.networkPlace.replaceChildren(n.error ? h("p", { class: "bad" }, n.error) : network(n));
    if (moved) this.networkPlace.scrollIntoView({ block: "nearest" });
  }
}

// thin keeps n of a front's networks evenly, both ends among them.
const thin = (all, n) => (all <= n ? Array.from({ length: all }, (_, i) => i) : Array.from({ length: n }, (_, i) => Math.floor((i * (all - 1)) / (n - 1))));

// beyond is where networks lie that are kept off the front.
const beyond = "outside the range of published networks that the accuracy model was fitted on";

// nothing says what to do where there is no front.
function nothing(view) {
  if (view.front.id.length) return null;
  if (!view.evaluated) return h("section", {}, h("h2", {}, "Nothing evaluated yet"), h("p", {}, "The first networks appear here as soon as the first round is over. If no search is going on, it ended with an error: resume it to see which."));
  const failed = view.failures.reduce((n, k) => n + k.networks, 0);
  return h("section", {}, h("h2", {}, "No network within the budget"),
    h("p", {}, failed === view.evaluated ? "All networks failed. The reasons stand below; `trtnas doctor` says what is missing to measure."
      : view.rejected ? `Of the networks that were evaluated, ${count(view.rejected)} are ${beyond}, and the others take longer than the budget or are over a limit. Raise --budget or --evals, or let networks outside compete by --extrapolate.` : "Every network that was evaluated takes longer than the budget. Raise --budget, or choose a smaller --batch or --resolution, or more --evals."));
}

function failures(view) {
  if (!view.failures.length) return null;
  return h("section", {}, h("h2", {}, "Failures"), table("Failures by class", [
    { name: "class", of: (k) => k.class }, { name: "networks", n: true, of: (k) => count(k.networks) }, { name: "share", n: true, of: (k) => share(k.share) },
    { name: "example", of: (k) => h("code", {}, k.example) }, { name: "message", class: "long", of: (k) => k.message },
    ...(view.failures.some((k) => k.advice) ? [{ name: "what to do", class: "long", of: (k) => k.advice ?? "" }] : []),
  ], view.failures));
}

function screening(view) {
  const last = view.screening?.findLast((s) => s.quality != null);
  if (!last) return null;
  const plain = view.screening.filter((s) => s.plain).length;
  return h("section", {}, h("h2", {}, "Screening"), h("p", {},
    `Networks were chosen by a latency model that every timing corrects. In its last round it ranked networks that it had not seen with a Kendall tau of ${last.quality.toFixed(2)}.`,
    plain ? ` ${plain} of ${view.screening.length} rounds did without it, for it ranked badly.` : ""));
}

function leftOut(view) {
  if (!view.left_out?.length) return null;
  return h("section", {}, h("details", {}, h("summary", {}, `${view.left_out.length} published networks have no figures under these conditions`),
    h("ul", {}, view.left_out.map((l) => h("li", { class: "note" }, l.reason)))));
}
