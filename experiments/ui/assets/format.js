// Writes figures for people.

const words = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

export const count = (n) => words.format(n);

// ms keeps what is resolved: three digits after the point below 1 ms.
export const ms = (v) => v.toFixed(v < 1 ? 3 : 2);
export const percent = (v) => v.toFixed(2);
export const share = (v) => `${(100 * v).toFixed(1)} %`;

// parameters and macs are given as they are counted.
export const parameters = (n) => (n < 1e6 ? `${(n / 1e3).toFixed(0)} K` : `${(n / 1e6).toFixed(1)} M`);
export const macs = (n) => (n < 1e8 ? `${(n / 1e6).toFixed(0)} M` : `${(n / 1e9).toFixed(2)} G`);
export const time = (t) => new Date(t).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });

// seconds as the unit that suits them.
export function duration(s) {
  if (s < 120) return `${Math.round(s)} s`;
  if (s < 7200) return `${(s / 60).toFixed(0)} min`;
  return `${(s / 3600).toFixed(1)} h`;
}

// interval writes a figure's bounds with its level.
export const interval = (low, high, level, write) => `${Math.round(100 * level)} % [${write(low)}, ${write(high)}]`;

// estimate writes a figure of the JSON with its interval and its source.
export const estimate = (e, write, unit) => `${write(e.value)} ${unit}, ${interval(e.low, e.high, e.level, write)}, ${e.source}${e.extrapolated ? ", extrapolated" : ""}`;

// conditions writes under what a latency holds.
export function conditions(c) {
  const parts = [c.device];
  if (c.driver) parts.push(`driver ${c.driver}`);
  parts.push(`TensorRT ${c.tensorrt}`, c.precision, `batch ${c.batch}`, c.resolution.join("x"), c.output);
  return parts.join(", ");
}

// state is what the list says of a run; whether one that is not finished runs now shows only when it grows.
export const state = (run, growing) => (run.state === "finished" ? "finished" : growing ? "running" : "unfinished");
