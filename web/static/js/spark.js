// Small charts drawn as SVG: one or more lines, their limits dashed, hours without valid data hatched.

import { number } from "./format.js";
import { words } from "./settings.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 400;

function element(name, attributes, parent) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  parent?.append(made);
  return made;
}

let patterns = 0;

// `series` are columns as readWindows gives them; `limits` are values. Draws into `box`.
export function drawSpark(box, series, { from, to, everyMs, limits = [], decimals = 1, height = 100, axis = null }) {
  const valid = series.flatMap(({ values }) => values.filter((value) => value !== null));
  if (!valid.length) {
    box.replaceChildren(Object.assign(document.createElement("p"), { className: "dim", textContent: words.no_samples }));
    return;
  }
  let low = Math.min(...valid);
  let high = Math.max(...valid);
  // A limit far away would press the line flat; it is left out then, and the figures say it.
  const room = Math.max((high - low) * 2, Math.abs(high) * 0.5);
  const near = limits.filter((limit) => limit > low - room && limit < high + room);
  low = Math.min(low, ...near);
  high = Math.max(high, ...near);
  const pad = (high - low || Math.abs(high) || 1) * 0.08;
  low -= pad;
  high += pad;
  const x = (ms) => ((ms - from) / (to - from)) * WIDTH;
  const y = (value) => height - ((value - low) / (high - low)) * height;

  const svg = element("svg", { viewBox: `0 0 ${WIDTH} ${height}`, preserveAspectRatio: "none", class: "spark-lines", "aria-hidden": "true" });
  hatch(svg, series, { from, to, everyMs, x, height });
  if (axis) for (const ms of axis.lines) element("path", { class: "grid", d: `M${x(ms)} 0V${height}` }, svg);
  for (const limit of near) element("path", { class: "limit", d: `M0 ${y(limit)}H${WIDTH}` }, svg);
  for (const columns of series) element("path", { class: "line", d: path(columns, everyMs, x, y) }, svg);
  box.replaceChildren(svg);
  const extra = document.createDocumentFragment();
  for (const columns of series) extra.append(dot(columns, x, y, height));
  for (const limit of near) extra.append(label(y(limit) < height * 0.2 ? "limit-label is-top" : "limit-label", number(limit, decimals).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, ""), null, (y(limit) / height) * 100));
  if (axis) {
    for (const { ms, text } of axis.labels) {
      const left = (x(ms) / WIDTH) * 100;
      if (left > 6 && left < 94) extra.append(label("axis-label", text, left, null));
    }
  }
  box.append(extra);
}

function path({ times, values }, everyMs, x, y) {
  let drawn = "";
  let pen = false;
  let before = 0;
  times.forEach((ms, i) => {
    const value = values[i];
    if (value === null) {
      pen = false;
      return;
    }
    const joined = pen && ms - before <= everyMs * 2.5;
    drawn += `${joined ? "L" : "M"}${x(ms).toFixed(1)} ${y(value).toFixed(1)}`;
    if (!joined) drawn += "h0.1";
    pen = true;
    before = ms;
  });
  return drawn;
}

function hatch(svg, series, { from, to, everyMs, x, height }) {
  const spans = series.length === 1 ? badSpans(series[0], from, to, everyMs) : [];
  if (!spans.length) return;
  patterns += 1;
  const id = `hatch-${patterns}`;
  const pattern = element("pattern", { id, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" }, element("defs", {}, svg));
  element("path", { class: "hatch-line", d: "M0 0V6" }, pattern);
  for (const [start, end] of spans) {
    element("rect", { class: "hatched", x: x(start), y: 0, width: Math.max(x(end) - x(start), 1.5), height, fill: `url(#${id})` }, svg);
  }
}

// Where there is no valid sample: [from, to) in ms. What lies before the first sample is not known
// to be missing, and is left white.
export function badSpans({ times, values, good }, from, to, everyMs) {
  const spans = [];
  const add = (start, end) => {
    const last = spans.at(-1);
    if (last && start - last[1] <= everyMs / 2) last[1] = end;
    else spans.push([start, end]);
  };
  times.forEach((ms, i) => {
    const before = i ? times[i - 1] + everyMs : ms;
    if (ms - before > everyMs * 1.5) add(before, ms);
    if (values[i] === null || good[i] < 0.5) add(ms, ms + everyMs);
  });
  const end = times.length ? times.at(-1) + everyMs : to;
  if (to - end > everyMs * 2.5) add(end, to);
  return spans.map(([start, stop]) => [Math.max(start, from), Math.min(stop, to)]);
}

// Percentages are attributes of an SVG of their own, for style attributes are forbidden here.
function dot({ times, values }, x, y, height) {
  const svg = element("svg", { class: "spark-dot", "aria-hidden": "true" });
  const last = values.findLastIndex((value) => value !== null);
  if (last >= 0 && last === values.length - 1) {
    element("circle", { cx: `${(x(times[last]) / WIDTH) * 100}%`, cy: `${(y(values[last]) / height) * 100}%`, r: 4 }, svg);
  }
  return svg;
}

function label(className, text, left, top) {
  const svg = element("svg", { class: `spark-text ${className}`, "aria-hidden": "true" });
  const at = { x: left === null ? "100%" : `${left}%`, y: top === null ? "100%" : `${top}%` };
  element("text", at, svg).textContent = text;
  return svg;
}
