// One pane of a chart: uPlot, with limits as dashed lines, alarms on the axis, time without valid
// data hatched, and the same hours a week before in a thinner, dotted hand.

import { number, plantTime } from "./format.js";
import { badSpans } from "./spark.js";

const COLOURS = 4;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400];
const MOST_POINTS = 700;
const TONES = { critical: "--red", high: "--red", medium: "--orange", low: "--yellow" };

// How many seconds a window has, so that a period is drawn in some hundred points.
export function stepsFor(ms) {
  return STEPS.find((step) => ms / 1000 / step <= MOST_POINTS) ?? STEPS.at(-1);
}

export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export function seriesColour(index) {
  return colour(`--series-${((index - 1) % COLOURS) + 1}`);
}

// The first four are drawn solid, the next four dashed: told apart without colour too.
export function dashOf(index) {
  return index > COLOURS ? [8, 5] : [];
}

// How long, in ms, a line goes on without a window: as long as a reading holds. What people enter
// holds no time (null), and is joined however far apart it stands.
export function reachMs(holds, stepMs, windows) {
  return holds === null ? Infinity : Math.max(holds * 1000, stepMs * windows);
}

// Columns on the grid of windows: null breaks the line, undefined lets it go on, as where a point
// is due less often than the grid has windows.
function onGrid(columns, first, count, stepMs, holds) {
  const values = new Array(count).fill(undefined);
  const reach = reachMs(holds, stepMs, 2.5);
  let before = -1;
  columns.times.forEach((ms, i) => {
    const at = Math.round((ms - first) / stepMs);
    if (at < 0 || at >= count) return;
    values[at] = columns.values[i];
    if (before >= 0 && (at - before) * stepMs > reach) values.fill(null, before + 1, at);
    before = at;
  });
  if (before >= 0) values.fill(null, before + 1);
  return values;
}

function gridOf({ from, to, every, series }) {
  const stepMs = every * 1000;
  const first = Math.floor(from / stepMs) * stepMs;
  const count = Math.max(Math.ceil((to - first) / stepMs) + 1, 2);
  const times = Array.from({ length: count }, (_, i) => (first + i * stepMs) / 1000);
  const lines = series.flatMap((one) => {
    const own = [onGrid(one.columns, first, count, stepMs, one.holds)];
    if (one.before) own.push(onGrid(shifted(one.before), first, count, stepMs, one.holds));
    return own;
  });
  return [times, ...lines];
}

const WEEK = 7 * 86400000;

function shifted({ times, values, good }) {
  return { times: times.map((ms) => ms + WEEK), values, good };
}

function lineOptions(series) {
  return series.flatMap((one) => {
    const stroke = () => seriesColour(one.color);
    const own = { scale: "y", stroke, width: 2, dash: dashOf(one.color), points: { show: one.holds === null, size: 8, fill: stroke }, spanGaps: false };
    return one.before ? [own, { ...own, width: 1.5, dash: [2, 4], stroke: () => `${seriesColour(one.color)}aa` }] : [own];
  });
}

let stripes = null;

function stripesFor(ctx, tone) {
  if (stripes?.tone === tone) return stripes.pattern;
  const size = 8 * devicePixelRatio;
  const tile = Object.assign(document.createElement("canvas"), { width: size, height: size });
  const pen = tile.getContext("2d");
  pen.strokeStyle = tone;
  pen.lineWidth = 1.5 * devicePixelRatio;
  pen.beginPath();
  for (const shift of [-size, 0, size]) {
    pen.moveTo(shift, size);
    pen.lineTo(shift + size, 0);
  }
  pen.stroke();
  stripes = { tone, pattern: ctx.createPattern(tile, "repeat") };
  return stripes.pattern;
}

function drawHatch(u, pane) {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.globalAlpha = 0.7;
  for (const one of pane.series) {
    const stepMs = pane.every * 1000;
    const reach = reachMs(one.holds, stepMs, 1);
    const until = Math.min(pane.to, pane.known ?? pane.to);
    for (const [from, to] of badSpans(one.columns, pane.from, until, stepMs)) {
      const known = one.columns.times.some((ms, i) => ms >= from && ms < to && (one.columns.values[i] === null || one.columns.good[i] < 0.5));
      if (!known && to - from <= reach) continue;
      const left = Math.max(u.valToPos(from / 1000, "x", true), bbox.left);
      const right = Math.min(u.valToPos(to / 1000, "x", true), bbox.left + bbox.width);
      if (right <= left) continue;
      ctx.fillStyle = stripesFor(ctx, colour("--violet-ink"));
      ctx.fillRect(left, bbox.top, Math.max(right - left, 2), bbox.height);
    }
  }
  ctx.restore();
}

// A limit, from when to when it held, with the numbers of the lines it belongs to, unless it belongs to all of the pane.
function limitLabels(pane) {
  const lines = new Map();
  for (const one of pane.series) {
    for (const [kind, value, from = null, to = null] of one.limits ?? []) {
      const said = pane.limitWords?.[kind] ?? kind;
      const key = `${value} ${from} ${to}`;
      const line = lines.get(key) ?? { value, from, to, kinds: new Map() };
      line.kinds.set(said, [...(line.kinds.get(said) ?? []), one.color]);
      lines.set(key, line);
    }
  }
  return [...lines.values()].map(({ value, from, to, kinds }) => {
    const texts = [...kinds].map(([said, numbers]) => (numbers.length < pane.series.length ? `${numbers.join("·")} ${said}` : said));
    return { value, from, to, text: `${texts.join("  ")} ${number(value, 3).replace(/\.?0+$/, "")}` };
  });
}

function drawLimits(u, pane) {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.font = `${11 * ratio}px ${getComputedStyle(document.body).fontFamily}`;
  ctx.textAlign = "right";
  ctx.strokeStyle = colour("--line-strong");
  ctx.lineWidth = ratio;
  ctx.setLineDash([6 * ratio, 4 * ratio]);
  const placed = [];
  for (const { value, from, to, text } of limitLabels(pane).sort((a, b) => b.value - a.value)) {
    const y = u.valToPos(value, "y", true);
    if (y < bbox.top || y > bbox.top + bbox.height) continue;
    const left = from === null ? bbox.left : Math.max(u.valToPos(from / 1000, "x", true), bbox.left);
    const right = Math.min(to === null ? Infinity : u.valToPos(to / 1000, "x", true), bbox.left + bbox.width);
    if (right <= left) continue;
    ctx.beginPath();
    ctx.moveTo(left, y);
    ctx.lineTo(right, y);
    ctx.stroke();
    const end = right - 4 * ratio;
    const start = Math.max(end - ctx.measureText(text).width, bbox.left);
    if (placed.some((other) => Math.abs(y - other.y) < 14 * ratio && start < other.end && end > other.start)) continue;
    placed.push({ y, start, end });
    ctx.fillStyle = colour("--ink-2");
    ctx.textAlign = end - ctx.measureText(text).width < bbox.left ? "left" : "right";
    ctx.fillText(text, ctx.textAlign === "left" ? start + 4 * ratio : end, y - 4 * ratio);
  }
  ctx.restore();
}

// The line's number at its end: told apart without colour, too.
function drawNumbers(u, pane) {
  if (pane.series.length < 2) return;
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.font = `700 ${12 * ratio}px ${getComputedStyle(document.body).fontFamily}`;
  ctx.textBaseline = "middle";
  for (const { color, columns } of pane.series) {
    const last = columns.values.findLastIndex((value) => value !== null);
    if (last < 0) continue;
    const x = Math.min(u.valToPos(columns.times[last] / 1000, "x", true), bbox.left + bbox.width - 2 * ratio);
    ctx.fillStyle = seriesColour(color);
    ctx.fillText(String(color), x + 4 * ratio, u.valToPos(columns.values[last], "y", true));
  }
  ctx.restore();
}

// An alarm on the axis: its colour, and a shape of its own: a triangle where it came, a bar where it went.
function drawMarks(u, pane) {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  ctx.save();
  for (const mark of pane.marks ?? []) {
    const x = u.valToPos(mark.at / 1000, "x", true);
    if (x < bbox.left - 1 || x > bbox.left + bbox.width + 1) continue;
    ctx.strokeStyle = mark.priority ? colour("--ink-2") : colour("--line-strong");
    ctx.lineWidth = ratio;
    ctx.setLineDash(mark.priority ? [] : [3 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    if (!mark.priority) continue;
    const size = 6 * ratio;
    ctx.setLineDash([]);
    ctx.fillStyle = mark.data ? colour("--violet") : colour(TONES[mark.priority]);
    ctx.strokeStyle = colour("--ink");
    ctx.beginPath();
    ctx.moveTo(x - size, bbox.top);
    ctx.lineTo(x + size, bbox.top);
    ctx.lineTo(x, bbox.top + size * 1.7);
    ctx.closePath();
    ctx.fill();
    ctx.stroke();
  }
  ctx.restore();
}

// Limits near the values belong to the picture; one far away would press the line flat.
function yRange(u, low, high, pane) {
  if (low === null || high === null) return [0, 1];
  // What a counter shows is far above what it goes on by.
  const counts = pane.series.some((one) => one.counter);
  const spread = Math.max(high - low, counts ? 0 : Math.abs(high) * 0.02) || 1;
  const limits = pane.series.flatMap((one) => (one.limits ?? []).map(([, value]) => value));
  for (const limit of limits) {
    if (limit > high && limit - high < spread * 1.5) high = limit;
    if (limit < low && low - limit < spread * 1.5) low = limit;
  }
  if (pane.include !== undefined) {
    low = Math.min(low, pane.include);
    high = Math.max(high, pane.include);
  }
  const missing = Math.max(spread - (high - low), 0);
  low -= missing / 2;
  high += missing / 2;
  const pad = (high - low) * 0.08;
  return [low - pad, high + pad];
}

function timeLabels(splits, increment) {
  let shown = "";
  return splits.map((seconds) => {
    const at = plantTime(seconds * 1000);
    const newDay = shown && at.day !== shown;
    shown = at.day;
    if (increment >= 86400) return at.monthDay;
    const clock = increment < 60 ? at.second : at.minute;
    return newDay || at.minute === "00:00" ? `${clock}\n${at.monthDay}` : clock;
  });
}

// Midnights and full hours of the plant's zone, whatever the browser's.
function timeSplits(u, axisIndex, min, max, increment) {
  const shift = zoneShift(min);
  const first = Math.ceil((min + shift) / increment) * increment - shift;
  const splits = [];
  for (let at = first; at <= max; at += increment) splits.push(at);
  return splits;
}

function zoneShift(seconds) {
  const { day, second } = plantTime(seconds * 1000);
  return Math.round((Date.parse(`${day}T${second}Z`) - seconds * 1000) / 1000);
}

const INCREMENTS = [1, 5, 10, 30, 60, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800];

// `pane`: from, to (ms), every (s), series, marks, `axis`: whether times stand below it, `include`: a
// value the scale must reach, `wide`: whether the numbers beside it are those of counters.
// Returns {update, redraw, resize, destroy}.
export function plotPane(box, pane, { sync = null, onCursor = null, onSelect = null } = {}) {
  const axisFont = `12px ${getComputedStyle(document.body).fontFamily}`;
  const axis = { stroke: () => colour("--ink-3"), font: axisFont, grid: { stroke: () => colour("--line"), width: 1 }, ticks: { show: false } };
  const options = {
    width: box.clientWidth,
    height: pane.height,
    padding: [10, 18, pane.axis ? 0 : 6, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false },
      points: { size: 8, width: 2 },
      ...(sync ? { sync: { key: sync, setSeries: false } } : {}),
    },
    scales: { x: { time: false, range: () => [pane.from / 1000, pane.to / 1000] }, y: { range: (u, low, high) => yRange(u, low, high, pane) } },
    axes: [
      { ...axis, show: true, size: pane.axis ? 36 : 0, values: pane.axis ? (u, splits, i, space, increment) => timeLabels(splits, increment) : () => [], splits: timeSplits, incrs: INCREMENTS, space: 80 },
      { ...axis, size: (box.clientWidth < 600 ? 46 : 64) + (pane.wide ? 26 : 0), values: (u, splits) => axisNumbers(splits) },
    ],
    series: [{}, ...lineOptions(pane.series)],
    hooks: {
      drawAxes: [(u) => drawHatch(u, pane)],
      draw: [(u) => { drawLimits(u, pane); drawMarks(u, pane); drawNumbers(u, pane); }],
      setCursor: [(u) => onCursor?.(u)],
      setSelect: [(u) => {
        if (u.select.width < 8 || !onSelect) return;
        onSelect(u.posToVal(u.select.left, "x") * 1000, u.posToVal(u.select.left + u.select.width, "x") * 1000);
        u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
      }],
    },
  };
  box.replaceChildren();
  const plot = new uPlot(options, gridOf(pane), box);
  return {
    plot,
    pane,
    update(changes) {
      Object.assign(pane, changes);
      plot.setData(gridOf(pane));
    },
    redraw() {
      stripes = null;
      plot.redraw(false, true);
    },
    resize() {
      plot.setSize({ width: box.clientWidth, height: pane.height });
    },
    destroy() {
      plot.destroy();
    },
  };
}

function axisNumbers(splits) {
  const step = splits.length > 1 ? Math.abs(splits[1] - splits[0]) : 1;
  const whole = (places) => Math.abs(step * 10 ** places - Math.round(step * 10 ** places)) < 1e-6 * step * 10 ** places;
  const decimals = [0, 1, 2, 3].find(whole) ?? 4;
  return splits.map((value) => number(value, decimals));
}
