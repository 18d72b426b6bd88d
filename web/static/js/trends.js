// Trends: which points, which period; everything stands in the address, so a chart can be sent on.
//
//   ?p=AE_DO1,AE_DO2&range=8h           the last eight hours, followed
//   ?p=AE_DO1&from=1763694000000&to=…   a period; &week=1 beside the week before

import { dashOf, plotPane, reachMs, seriesColour, stepsFor } from "./plot.js";
import { fill, words } from "./settings.js";
import { iso, moment, NO_VALUE, number, plantMs, plantTime, rough } from "./format.js";
import { condition, reasonOf } from "./quality.js";
import { ReadingsError, readWindows } from "./readings.js";
import { startDesk } from "./desk.js";
import { notify } from "./page.js";

const HOUR = 3600000;
const RANGES = { "1h": HOUR, "8h": 8 * HOUR, "24h": 24 * HOUR, "7d": 168 * HOUR };
const WEEK = 7 * 86400000;
const MOST = 8;
const JOURNAL_PAGE = 200;
const MOST_JOURNAL_PAGES = 5;
const LONGEST = 400 * 86400000;
const LIMIT_WORDS = { LL: words.alarm.LL, L: words.alarm.L, H: words.alarm.H, HH: words.alarm.HH, daily: words.daily_limit };

const points = JSON.parse(document.getElementById("points").textContent);
const find = (selector) => document.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const live = startDesk();

const state = read();
let panes = [];
let loading = null;
let followTimer = 0;
let events = [];
let pointed = null;
let limitsOf = "";

// --- the address -----------------------------------------------------------------------------

function read() {
  const query = new URLSearchParams(location.search);
  const tags = (query.get("p") ?? "").split(",").filter((tag) => tag in points).slice(0, MOST);
  const from = Number(query.get("from"));
  const to = Number(query.get("to"));
  const fixed = from > 0 && to > from && to - from < LONGEST;
  return {
    tags: [...new Set(tags)],
    range: fixed ? "custom" : query.get("range") in RANGES ? query.get("range") : "8h",
    from: fixed ? from : 0,
    to: fixed ? to : 0,
    live: !fixed && query.get("live") !== "0",
    week: query.get("week") === "1",
  };
}

function write() {
  const query = new URLSearchParams();
  if (state.tags.length) query.set("p", state.tags.join(","));
  if (state.range === "custom") {
    query.set("from", Math.round(state.from));
    query.set("to", Math.round(state.to));
  } else {
    query.set("range", state.range);
    if (!state.live) query.set("live", "0");
  }
  if (state.week) query.set("week", "1");
  history.replaceState(null, "", `?${query.toString().replaceAll("%2C", ",")}`);
}

function settle() {
  if (state.range !== "custom") {
    state.to = live.now();
    state.from = state.to - RANGES[state.range];
  }
  state.every = stepsFor(state.to - state.from);
}

// --- loading ---------------------------------------------------------------------------------

async function load() {
  loading?.abort();
  clearTimeout(followTimer);
  settle();
  write();
  showControls();
  showChips();
  find("[data-problem]").hidden = true;
  find("[data-empty]").hidden = state.tags.length > 0;
  find("[data-legend]").hidden = state.tags.length === 0;
  const stack = find("[data-stack]");
  if (!state.tags.length) {
    clear();
    showSimulated();
    find("[data-no-week]").hidden = true;
    return;
  }
  if (!panes.length) stack.replaceChildren(Object.assign(document.createElement("div"), { className: "skeleton tall" }));
  stack.classList.add("is-loading");
  loading = new AbortController();
  const { signal } = loading;
  try {
    const wanted = state.tags.map((tag) => series(tag, signal));
    const [loaded, limits, marks] = await Promise.all([Promise.all(wanted), readLimits(signal), alarmMarks(signal)]);
    events = marks;
    draw(loaded.map((one) => ({ ...one, limits: limits[one.tag] })));
    follow();
  } catch (error) {
    if (error.name === "AbortError") return;
    showProblem();
  } finally {
    if (!signal.aborted) stack.classList.remove("is-loading");
  }
}

async function series(tag, signal) {
  const read = (from, to) => readWindows(tag, from, to, state.every, { signal });
  const [columns, before] = await Promise.all([
    read(state.from, state.to),
    state.week ? read(state.from - WEEK, state.to - WEEK) : null,
  ]);
  return { tag, ...points[tag], columns, before, color: state.tags.indexOf(tag) + 1 };
}

// {tag: [[kind, value, from ms, to ms]]} as they were in the period; null where a limit outlasts it.
async function readLimits(signal) {
  limitsOf = plantTime(state.to).day;
  const query = new URLSearchParams({ p: state.tags.join(","), from: Math.round(state.from), to: Math.round(state.to) });
  const response = await fetch(`/trends/limits?${query}`, { signal, cache: "no-store" });
  if (!response.ok) throw new ReadingsError(response.status);
  return response.json();
}

// The newest of a point's journal in the period; `since` tells where older ones were left out.
async function journalOf(tag, signal) {
  const items = [];
  const query = new URLSearchParams({ tag, from: iso(state.from), to: iso(state.to), limit: JOURNAL_PAGE });
  for (let page = 0; page < MOST_JOURNAL_PAGES; page += 1) {
    const response = await fetch(`/api/v1/alarms/journal?${query}`, { signal, cache: "no-store" });
    if (!response.ok) return { items, since: null };
    const part = await response.json();
    items.push(...part.items);
    if (!part.next) return { items, since: null };
    query.set("cursor", part.next);
  }
  return { items, since: Date.parse(items.at(-1).at) };
}

async function alarmMarks(signal) {
  const read = await Promise.all(state.tags.map((tag) => journalOf(tag, signal)));
  const since = Math.max(...read.map((one) => one.since ?? 0));
  const leftOut = find("[data-left-out]");
  leftOut.hidden = since === 0;
  leftOut.textContent = since ? fill(words.marks_left_out, { at: moment(since, live.now()) }) : "";
  const found = read.map(({ items }) => items);
  return found.flat().filter(({ event }) => event === "raise").map((record) => ({
    tag: record.tag, at: Date.parse(record.at), priority: record.priority, data: record.kind === "instrument",
    said: `${points[record.tag].name} ${words.alarm[record.kind] ?? ""}`,
  }));
}

function showProblem() {
  const box = find("[data-problem]");
  const again = Object.assign(document.createElement("button"), { type: "button", className: "secondary", textContent: words.retry });
  again.addEventListener("click", load);
  box.replaceChildren(`${words.trend_failed} `, again);
  box.hidden = false;
  if (!panes.length) find("[data-stack]").replaceChildren();
}

// --- drawing ---------------------------------------------------------------------------------

// One pane for each unit of measure, in the order in which its first point was chosen.
function grouped(loaded) {
  const groups = new Map();
  for (const one of loaded) {
    if (!groups.has(one.measure)) groups.set(one.measure, []);
    groups.get(one.measure).push(one);
  }
  return [...groups];
}

function clear() {
  for (const pane of panes) pane.destroy();
  panes = [];
  find("[data-stack]").replaceChildren();
}

function draw(loaded) {
  clear();
  const known = ({ before }) => before?.values.some((value) => value !== null);
  find("[data-no-week]").hidden = !state.week || loaded.some(known);
  const stack = find("[data-stack]");
  const groups = grouped(loaded);
  const height = paneHeight(groups.length);
  const wide = loaded.some(({ counter }) => counter);
  const mean = fill(words.mean_of, { span: rough(state.every * 1000) });
  groups.forEach(([measure, members], i) => {
    const last = i === groups.length - 1;
    const frame = Object.assign(document.createElement("figure"), { className: "pane" });
    const title = Object.assign(document.createElement("figcaption"), { className: "dim", textContent: [measure, mean].filter(Boolean).join(" · ") });
    const box = document.createElement("div");
    frame.append(title, box);
    stack.append(frame);
    const tags = members.map(({ tag }) => tag);
    panes.push(plotPane(box, {
      from: state.from, to: state.to, known: Math.min(state.to, live.now()), every: state.every, measure,
      height: height + (last ? 36 : 0), axis: last, wide, series: members, limitWords: LIMIT_WORDS,
      marks: events.filter(({ tag }) => tags.includes(tag)),
    }, { sync: "trends", onCursor: showCursor, onSelect: zoom }));
    if (members.every(({ columns }) => columns.values.every((value) => value === null))) {
      frame.append(Object.assign(document.createElement("p"), { className: "none dim", textContent: words.no_samples }));
    }
  });
  showSimulated();
  showCursor(null);
}

// What was not measured is named under the chart, with its span.
function showSimulated() {
  const drawn = panes.flatMap(({ pane }) => pane.series);
  const shown = (columns, from) => (columns?.origins ?? []).map((part) => [Math.max(Date.parse(part.from), from), Date.parse(part.to)]);
  const spans = drawn.flatMap(({ columns, before }) => [...shown(columns, state.from), ...shown(before, state.from - WEEK)]);
  const parts = spans.filter(([from, to]) => from < to);
  const box = find("[data-simulated]");
  box.hidden = parts.length === 0;
  if (box.hidden) return;
  const [from, to] = [Math.min(...parts.map((part) => part[0])), Math.max(...parts.map((part) => part[1]))];
  const now = live.now();
  box.textContent = fill(words.simulated, { from: moment(from, now), to: moment(to, now) });
}

function paneHeight(count) {
  const room = innerHeight - find("[data-stack]").getBoundingClientRect().top - scrollY - 110;
  return Math.max(Math.min(Math.floor(room / count) - 30, 420), 130);
}

// --- following -------------------------------------------------------------------------------

function follow() {
  clearTimeout(followTimer);
  if (!state.live || state.range === "custom" || !state.tags.length) return;
  const wait = Math.min(Math.max(state.every * 1000, 5000), 60000);
  followTimer = setTimeout(extend, wait);
}

// Takes only what came since, and the last window again, for it was not complete.
async function extend() {
  if (document.hidden || live.state !== "live") {
    follow();
    return;
  }
  const { from, to } = state;
  settle();
  // A new day may have other limits.
  if (plantTime(state.to).day !== limitsOf) {
    load();
    return;
  }
  try {
    await Promise.all(panes.flatMap(({ pane }) => pane.series).map(async (one) => {
      // Where windows start is the server's to say: the plant's midnight need not be that of UTC.
      const since = one.columns.times.at(-2) ?? state.from;
      const fresh = await readWindows(one.tag, since, state.to, state.every);
      one.columns = joined(one.columns, fresh, since, state.from);
    }));
  } catch {
    Object.assign(state, { from, to });
    follow();
    return;
  }
  for (const pane of panes) pane.update({ from: state.from, to: state.to, known: state.to });
  showControls();
  showSimulated();
  showCursor(pointed);
  follow();
}

function joined(old, fresh, since, from) {
  const kept = old.times.map((ms, i) => i).filter((i) => old.times[i] >= from - 2000 * state.every && old.times[i] < since);
  const whole = {};
  for (const key of ["times", "values", "good"]) whole[key] = [...kept.map((i) => old[key][i]), ...fresh[key]];
  whole.origins = [...old.origins, ...fresh.origins];
  return whole;
}

// --- the cursor ------------------------------------------------------------------------------

function showCursor(plot) {
  const at = plot && plot.cursor.left >= 0 ? plot.posToVal(plot.cursor.left, "x") * 1000 : null;
  pointed = at === null ? null : plot;
  for (const { pane } of panes) {
    for (const one of pane.series) {
      const chip = find(`[data-chip="${CSS.escape(one.tag)}"]`);
      if (chip) showChip(chip, one, at);
      if (chip && one.before) {
        const week = valueAt(one, one.before, (at ?? Math.min(state.to, live.now())) - WEEK);
        chip.querySelector(".week").textContent = week === null ? "" : `(${number(week, one.decimals)})`;
      }
    }
  }
  const readout = find("[data-readout]");
  if (at === null) {
    readout.textContent = "";
    return;
  }
  const near = events.filter((event) => Math.abs(event.at - at) < (state.to - state.from) / 120);
  readout.textContent = [plantTime(at).monthDay, plantTime(at).second, ...near.map((event) => `▼ ${event.said} ${plantTime(event.at).second}`)].join("  ");
}

// Without a cursor a period that reaches until now ends in the newest sample, whether it holds or not.
function showChip(chip, one, at) {
  const newest = at === null && state.live && state.range !== "custom" ? live.values.get(one.tag) : null;
  const value = newest ? newest[0] : valueAt(one, one.columns, at);
  const box = chip.querySelector(".v");
  box.textContent = value === null ? NO_VALUE : number(value, one.decimals);
  if (newest) box.dataset.condition = condition(newest);
  else delete box.dataset.condition;
  chip.querySelector(".reason").textContent = newest ? reasonOf(newest, live.now(), { short: true }) : "";
}

// The window a moment lies in, or the last one before it from which its value still held.
function valueAt({ holds }, { times, values }, at) {
  const until = at ?? Math.min(state.to, live.now());
  const i = times.findLastIndex((ms) => ms <= until);
  return i >= 0 && until - times[i] < reachMs(holds, state.every * 1000, 3) ? values[i] : null;
}

// --- controls --------------------------------------------------------------------------------

function showControls() {
  for (const button of all("[data-range]")) button.setAttribute("aria-pressed", String(button.dataset.range === state.range));
  find("[data-live]").setAttribute("aria-pressed", String(state.live && state.range !== "custom"));
  find("[data-compare]").setAttribute("aria-pressed", String(state.week));
  const now = live.now();
  find("[data-period]").textContent = `${moment(state.from, now)} – ${moment(state.to, now)}`;
  const csv = find("[data-csv]");
  const query = new URLSearchParams({ p: state.tags.join(","), from: Math.round(state.from), to: Math.round(state.to), every: state.every });
  csv.href = `/trends.csv?${query}`;
  csv.title = fill(words.mean_of, { span: rough(state.every * 1000) });
  csv.toggleAttribute("aria-disabled", state.tags.length === 0);
  for (const box of all(".tree input")) box.checked = state.tags.includes(box.value);
  find("[data-close-picker]").textContent = fill(words.done, { num: state.tags.length });
}

function showChips() {
  find("[data-chips]").replaceChildren(...state.tags.map((tag, i) => {
    const point = points[tag];
    const chip = document.createElement("li");
    chip.dataset.chip = tag;
    const remove = Object.assign(document.createElement("button"), { type: "button", className: "remove", textContent: "×" });
    remove.setAttribute("aria-label", fill(words.remove, { name: point.name }));
    remove.addEventListener("click", () => toggle(tag, false));
    const name = Object.assign(document.createElement("span"), { className: "name", textContent: point.name });
    const value = Object.assign(document.createElement("b"), { className: "v", textContent: NO_VALUE });
    const measure = Object.assign(document.createElement("small"), { className: "measure", textContent: point.measure });
    const week = Object.assign(document.createElement("small"), { className: "week dim" });
    const reason = Object.assign(document.createElement("small"), { className: "reason" });
    const line = Object.assign(document.createElement("b"), { className: "index", textContent: String(i + 1) });
    chip.append(key(i + 1), line, name, value, measure, reason, week, remove);
    return chip;
  }));
}

function key(index) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "key");
  svg.setAttribute("viewBox", "0 0 24 10");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  line.setAttribute("d", "M0 5H24");
  line.setAttribute("stroke", seriesColour(index));
  line.setAttribute("stroke-width", "3");
  if (dashOf(index).length) line.setAttribute("stroke-dasharray", "6 4");
  svg.append(line);
  return svg;
}

function toggle(tag, wanted) {
  if (wanted && state.tags.length >= MOST) {
    notify(words.too_many);
    showControls();
    return;
  }
  state.tags = wanted ? [...state.tags, tag] : state.tags.filter((one) => one !== tag);
  load();
}

function zoom(from, to) {
  Object.assign(state, { range: "custom", from, to, live: false });
  load();
}

find("[data-toolbar]").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const { range, step } = button.dataset;
  if (range === "custom") {
    openCustom();
  } else if (range) {
    Object.assign(state, { range, live: true });
    closeCustom();
    load();
  } else if (step) {
    const width = state.to - state.from;
    const to = Math.min(state.to + (Number(step) * width) / 2, live.now());
    zoom(to - width, to);
  } else if ("live" in button.dataset) {
    if (state.range === "custom") Object.assign(state, { range: "8h", live: true });
    else state.live = !state.live;
    load();
  } else if ("compare" in button.dataset) {
    state.week = !state.week;
    load();
  }
});

function openCustom() {
  const form = find("[data-custom]");
  form.hidden = !form.hidden;
  find('[data-range="custom"]').setAttribute("aria-expanded", String(!form.hidden));
  const field = (ms) => `${plantTime(ms).day}T${plantTime(ms).minute}`;
  form.elements.from.value = field(state.from);
  form.elements.to.value = field(state.to);
  if (!form.hidden) form.elements.from.focus();
}

function closeCustom() {
  find("[data-custom]").hidden = true;
  find('[data-range="custom"]').setAttribute("aria-expanded", "false");
}

find("[data-custom]").addEventListener("submit", (event) => {
  event.preventDefault();
  const { from, to } = event.target.elements;
  const [first, last] = [plantMs(from.value), plantMs(to.value)];
  if (!(last > first) || last - first > LONGEST) {
    to.setCustomValidity(words.bad_period);
    to.reportValidity();
    return;
  }
  closeCustom();
  zoom(first, last);
});
find("[data-custom]").addEventListener("input", (event) => event.currentTarget.elements.to.setCustomValidity(""));

// --- the picker ------------------------------------------------------------------------------

find(".tree").addEventListener("change", (event) => toggle(event.target.value, event.target.checked));

find("[data-search]").addEventListener("input", (event) => {
  const asked = event.target.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const unit of all("[data-unit]")) {
    let shown = 0;
    for (const label of all("[data-words]", unit)) {
      const fits = asked.every((word) => label.dataset.words.includes(word));
      label.closest("li").hidden = !fits;
      if (fits) shown += 1;
    }
    unit.hidden = shown === 0;
    if (asked.length) unit.open = shown > 0;
    found += shown;
  }
  if (!asked.length) openChosen();
  find("[data-none]").hidden = found > 0;
});

function openChosen() {
  for (const unit of all("[data-unit]")) unit.open = all("input:checked", unit).length > 0;
}

const picker = document.getElementById("picker");
find("[data-open-picker]").addEventListener("click", () => {
  picker.classList.add("is-open");
  find("[data-search]").focus();
});
find("[data-close-picker]").addEventListener("click", () => {
  picker.classList.remove("is-open");
  find("[data-open-picker]").focus();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") picker.classList.remove("is-open");
  if (event.key === "/" && !event.target.closest("input")) {
    event.preventDefault();
    find("[data-search]").focus();
  }
});

// A value is shown as alive only as long as it is.
live.addEventListener("values", () => { if (!pointed) showCursor(null); });

let resized = 0;
addEventListener("resize", () => {
  clearTimeout(resized);
  resized = setTimeout(() => { for (const pane of panes) pane.resize(); }, 100);
});
document.addEventListener("outfall:theme", () => {
  for (const pane of panes) pane.redraw();
  showChips();
  showCursor(null);
});
addEventListener("popstate", () => {
  Object.assign(state, read());
  load();
});

await load();
openChosen();
