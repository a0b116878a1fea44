// Parallel coordinates: a line for each candidate over figures and decisions; ranges on the axes filter.
import { h } from "./dom.js";
import { Plot } from "./plot.js";
import { count } from "./format.js";

const mostLines = 2500; // more are neither told apart nor drawn quickly

export class Parallel {
  constructor(run, filtered) {
    this.run = run;
    this.filtered = filtered;
    this.brushes = new Map(); // by axis name: [low, high]
    this.plot = new Plot("Parallel coordinates of the candidates; the form below filters by the same axes", 330, () => this.paint());
    this.plot.margin = { left: 34, right: 34, top: 40, bottom: 26 };
    const c = this.plot.canvas;
    c.addEventListener("pointerdown", (e) => this.begin(e));
    c.addEventListener("pointermove", (e) => this.drag(e));
    c.addEventListener("pointerup", (e) => this.end(e));
    this.note = h("p", { class: "note" });
    this.chips = h("div", { class: "filters" });
    this.scroll = h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Parallel coordinates" }, this.plot.figure);
    this.element = h("section", {}, h("h2", {}, "What the candidates are made of"),
      h("p", { class: "note" }, "Drag along an axis to keep only the networks in that range; the plot of accuracy against latency shows them too. Click on an axis to let go."),
      this.scroll, this.form(), this.chips, this.note);
  }

  form() {
    this.axis = h("select", { "aria-label": "Axis to filter by" });
    this.low = h("input", { type: "number", step: "any", "aria-label": "least" });
    this.high = h("input", { type: "number", step: "any", "aria-label": "most" });
    return h("div", { class: "controls" }, h("span", {}, "Keep"), this.axis, "from", this.low, "to", this.high,
      h("button", { type: "button", onclick: () => this.set(this.axis.value, [this.low.value === "" ? -Infinity : Number(this.low.value), this.high.value === "" ? Infinity : Number(this.high.value)]) }, "Filter"),
      h("button", { type: "button", onclick: () => { this.brushes.clear(); this.apply(); } }, "Clear"));
  }

  set(name, range) {
    if (range) this.brushes.set(name, range); else this.brushes.delete(name);
    this.apply();
  }

  update() {
    const c = this.run.candidates;
    const figures = [["latency, ms", c.latency_ms], ["top-1, %", c.top1], ["params, M", c.params_m], ["MACs, G", c.macs_g]].map(([name, values]) => ({ name, values }));
    this.axes = [...figures, ...c.decisions].map((a) => ({ ...a, range: range(a.values, c.failure) })).filter((a) => a.range[0] < a.range[1]);
    if (this.axis.options.length !== this.axes.length) this.axis.replaceChildren(...this.axes.map((a) => h("option", {}, a.name)));
    this.plot.figure.style.minWidth = `${this.axes.length * 58}px`;
    this.apply();
  }

  // apply filters and tells the others.
  apply() {
    const c = this.run.candidates, n = c.id.length;
    let kept = null;
    if (this.brushes.size) {
      kept = new Array(n).fill(true);
      for (const a of this.axes) {
        const b = this.brushes.get(a.name);
        if (b) for (let i = 0; i < n; i++) if (c.failure[i] >= 0 || a.values[i] < b[0] || a.values[i] > b[1]) kept[i] = false;
      }
    }
    this.run.kept = kept;
    this.chips.replaceChildren(...[...this.brushes].map(([name, [low, high]]) =>
      h("button", { type: "button", "aria-label": `Remove the filter on ${name}`, onclick: () => this.set(name, null) }, `${name}: ${edge(low)} to ${edge(high)} ×`)));
    this.plot.draw();
    this.filtered();
  }

  px(axis) { const i = this.plot.inner; return i.left + (axis * i.width) / Math.max(1, this.axes.length - 1); }
  py(a, v) { const i = this.plot.inner; return i.top + i.height * (1 - (v - a.range[0]) / (a.range[1] - a.range[0])); }

  paint() {
    if (!this.axes?.length) return;
    const { g, ink } = this.plot, c = this.run.candidates, kept = this.run.kept;
    const front = new Set(this.run.view.front.candidate);
    const some = [];
    for (let i = 0; i < c.id.length; i++) if (c.failure[i] < 0 && !front.has(i) && (!kept || kept[i])) some.push(i);
    const every = Math.max(1, some.length / mostLines);
    this.lines(Array.from({ length: Math.min(some.length, mostLines) }, (_, k) => some[Math.floor(k * every)]), ink.dot, some.length > 300 ? 0.1 : 0.35);
    const best = this.run.view.front.candidate.filter((i) => !kept || kept[i]);
    this.lines(best, ink.accent, best.length > 60 ? 0.3 : 0.7);
    const chosen = c.id.indexOf(this.run.chosen);
    if (chosen >= 0 && c.failure[chosen] < 0) this.lines([chosen], ink.ink, 1, 2.5);
    g.globalAlpha = 1;
    this.scales();
    const left = kept ? kept.filter(Boolean).length : some.length + best.length;
    this.note.textContent = `${count(left)} of ${count(c.id.length)} networks${kept ? " are within the filter" : ""}${some.length > mostLines ? `; ${count(mostLines)} of them are drawn, and all of the front` : ""}.${best.length ? " Blue: the front." : ""}`;
  }

  lines(which, stroke, alpha, width = 1) {
    const { g } = this.plot;
    g.strokeStyle = stroke;
    g.globalAlpha = alpha;
    g.lineWidth = width;
    for (const i of which) {
      g.beginPath();
      this.axes.forEach((a, k) => (k ? g.lineTo(this.px(k), this.py(a, a.values[i])) : g.moveTo(this.px(k), this.py(a, a.values[i]))));
      g.stroke();
    }
  }

  scales() {
    const { g, ink } = this.plot, i = this.plot.inner;
    g.font = "11px system-ui, sans-serif";
    g.textAlign = "center";
    this.axes.forEach((a, k) => {
      const x = this.px(k), b = this.brushes.get(a.name);
      g.strokeStyle = ink.muted;
      g.lineWidth = 1;
      g.beginPath(); g.moveTo(x, i.top); g.lineTo(x, i.top + i.height); g.stroke();
      g.fillStyle = ink.ink;
      g.textBaseline = "bottom";
      g.fillText(a.name, x, i.top - 16 - (k % 2 ? 11 : 0));
      g.fillStyle = ink.muted;
      g.fillText(this.value(a, a.range[1]), x, i.top - 2);
      g.textBaseline = "top";
      g.fillText(this.value(a, a.range[0]), x, i.top + i.height + 4);
      if (!b) return;
      const top = this.py(a, Math.min(b[1], a.range[1])), bottom = this.py(a, Math.max(b[0], a.range[0]));
      g.fillStyle = ink.band;
      g.strokeStyle = ink.accent;
      g.fillRect(x - 8, top, 16, bottom - top);
      g.strokeRect(x - 8, top, 16, bottom - top);
    });
  }

  value(a, v) { return a.words ? a.words[v] ?? "" : edge(v); }

  // at is the axis and the value under the pointer.
  at(event) {
    const box = this.plot.canvas.getBoundingClientRect(), i = this.plot.inner;
    const k = Math.round(((event.clientX - box.left - i.left) / i.width) * Math.max(1, this.axes.length - 1));
    const a = this.axes[Math.max(0, Math.min(this.axes.length - 1, k))];
    const v = a.range[0] + (1 - (event.clientY - box.top - i.top) / i.height) * (a.range[1] - a.range[0]);
    return { a, v: Math.max(a.range[0], Math.min(a.range[1], v)) };
  }

  begin(event) {
    if (!this.axes?.length) return;
    this.from = this.at(event);
    this.plot.canvas.setPointerCapture(event.pointerId);
  }

  drag(event) {
    if (!this.from) return;
    const { a, v } = this.from, to = this.at(event).v;
    this.brushes.set(a.name, [Math.min(v, to), Math.max(v, to)]);
    this.plot.draw();
  }

  end(event) {
    if (!this.from) return;
    const { a, v } = this.from, to = this.at(event).v;
    this.from = null;
    const small = Math.abs(to - v) < (a.range[1] - a.range[0]) * 0.01;
    this.set(a.name, small ? null : [Math.min(v, to), Math.max(v, to)]);
  }
}

const edge = (v) => (Number.isFinite(v) ? String(Number(v.toPrecision(4))) : v < 0 ? "least" : "most");

function range(values, failure) {
  let low = Infinity, high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    if (failure[i] >= 0) continue;
    if (values[i] < low) low = values[i];
    if (values[i] > high) high = values[i];
  }
  return [low, high];
}
