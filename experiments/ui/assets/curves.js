// Lines: the hypervolume of one run or two, and the device's health.
import { h, select } from "./dom.js";
import { Plot, extent } from "./plot.js";
import { duration, count, share } from "./format.js";

// Hypervolume draws runs over what they evaluated, or over the device's time.
export class Hypervolume {
  constructor(runs) {
    this.runs = runs; // {view, name, ink, dash}
    this.over = "evaluated";
    this.plot = new Plot("Hypervolume of the front as the search went on", 260, () => this.paint());
    this.controls = h("div", { class: "controls" });
    this.note = h("p", { class: "note" });
    this.legend = h("ul", { class: "legend" });
    this.element = h("section", {}, h("h2", {}, "Hypervolume"), this.controls, this.plot.figure, this.legend, this.note);
  }

  update() {
    const timed = this.runs.every((r) => r.view.hypervolume.device_s?.length);
    if (timed && !this.controls.hasChildNodes()) {
      this.controls.append(select("Over", [["evaluated", "networks"], ["device_s", "device time"]], this.over, (v) => { this.over = v; this.plot.draw(); }));
    }
    this.note.textContent = this.runs.map(({ view, name }) => {
      const hv = view.hypervolume, n = hv.evaluated.at(-1) ?? 0, still = n - hv.grew;
      const time = hv.device_s?.length ? `, ${duration(hv.device_s.at(-1))} of device time` : "";
      const grew = still > view.planned / 4 ? ` It has not grown by a thousandth for ${count(still)} networks: more of this search is unlikely to help.` : ` It last grew by a thousandth at ${count(hv.grew)} networks.`;
      return n ? `${this.runs.length > 1 ? `${name}: ` : ""}${hv.value.at(-1)} after ${count(n)} networks${time}.${grew}` : "";
    }).join(" ");
    if (this.runs.length > 1) this.legend.replaceChildren(...this.runs.map((r, i) => h("li", {}, `${i ? "dashed" : "solid"}: ${r.name}`)));
    this.plot.draw();
  }

  paint() {
    const { plot, over } = this;
    const curves = this.runs.map((r) => ({ xs: (r.view.hypervolume[over] ?? []).map((v) => (over === "device_s" ? v / 60 : v)), ys: r.view.hypervolume.value, ink: r.ink, dash: r.dash }));
    const xs = curves.flatMap((c) => c.xs), ys = curves.flatMap((c) => c.ys);
    [plot.x.low, plot.x.high] = [0, xs.length ? xs.reduce((a, b) => Math.max(a, b)) * 1.03 || 1 : 1];
    [plot.y.low, plot.y.high] = extent(ys, 0.06);
    plot.x.label = over === "device_s" ? "device time, minutes" : "networks evaluated";
    plot.y.label = "hypervolume";
    plot.axes();
    plot.clip(() => { for (const c of curves) plot.line(c.xs, c.ys, plot.ink[c.ink], { dash: c.dash }); });
  }
}

// health draws how the device was: small plots with one figure each, over the sessions in their order.
export function health(view) {
  const d = view.health;
  if (!d?.time?.length) return null;
  const n = d.time.map((_, i) => i + 1);
  const small = (label, values, ink, guides = []) => {
    const plot = new Plot(`${label}, over the sessions in their order`, 150, (p) => {
      const known = values.filter((v) => v > 0);
      [p.x.low, p.x.high] = [0, n.length + 1];
      [p.y.low, p.y.high] = extent([...known, ...guides], 0.1);
      [p.x.label, p.y.label] = ["session", ""];
      p.axes();
      p.clip((g) => {
        for (const v of guides) p.line([0, n.length + 1], [v, v], p.ink.bad, { dash: [6, 4], width: 1 });
        g.fillStyle = p.ink[ink];
        values.forEach((v, i) => {
          if (!(v > 0)) return;
          const [x, y] = [p.px(n[i]), p.py(v)];
          if (d.throttle[i]) { g.strokeStyle = p.ink.bad; g.lineWidth = 1.5; g.strokeRect(x - 3, y - 3, 6, 6); } else g.fillRect(x - 1.5, y - 1.5, 3, 3);
        });
      });
    });
    plot.margin = { left: 56, right: 10, top: 6, bottom: 36 };
    return h("div", {}, h("h3", {}, label), plot.figure);
  };
  const limited = d.throttle.filter((t) => t).length;
  const reasons = [...new Set(d.throttle.filter((t) => t))];
  return h("section", {}, h("h2", {}, "Device health"),
    h("p", { class: "note" }, limited ? `Clocks were held back in ${count(limited)} of ${count(n.length)} sessions (open squares): ${reasons.join("; ")}.` : `Clocks were free in all ${count(n.length)} sessions.`,
      ` Beyond the dashed lines, ${share(d.greatest_drift)} from its first timing, the reference network voids what was timed; between them it corrects it.`),
    h("div", { class: "two" },
      small("Reference network against its first timing", d.reference, "accent", [1 - d.greatest_drift, 1 + d.greatest_drift]),
      small("SM clock, MHz", d.sm_mhz, "second"),
      small("Temperature, °C", d.temperature_c, "reference"),
      small("Power, W", d.power_w, "third")));
}
