// The wall: keeps every figure, symbol and mark fresh, needs nobody, and says so when it cannot.

import { AlarmSound } from "./sound.js";
import { drawSpark } from "./spark.js";
import { countUp, followAlarms, followConnection, setUp } from "./page.js";
import { duration, NO_VALUE, number, plantTime, rough } from "./format.js";
import { fill, meta, settings, words } from "./settings.js";
import { condition, holds, major, reasonOf } from "./quality.js";
import { Live } from "./live.js";
import { readWindows } from "./readings.js";

const DAY = 86400000;
const SPARK_EVERY_S = 600;
const SPARKS_RENEWED = 300000;
const RENEWED_WITHIN = 3000;
const DEAF_AFTER = 10000;
const RANK = { critical: 5, high: 4, medium: 3, low: 2, data: 1 };
const VERDICTS = ["within", "missing", "unknown", "internal", "daily", "single"];

const live = new Live();
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
let day = plantTime(settings.now).day;
let linksDown = new Map();
let renewal = 0;
const age = document.querySelector("[data-age]");
let newestGood = Number(age.dataset.age);

function setText(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

function setData(element, key, value) {
  if (!value) delete element.dataset[key];
  else if (element.dataset[key] !== value) element.dataset[key] = value;
}

// --- figures ---------------------------------------------------------------------------------

function showValues() {
  const now = live.now();
  for (const element of all("[data-point]")) {
    const sample = live.values.get(element.dataset.point);
    if (!sample) continue;
    setText(element, number(sample[0], Number(element.dataset.decimals)));
    element.dataset.condition = condition(sample);
  }
  for (const tick of all("[data-tick]")) moveTick(tick, live.values.get(tick.dataset.tick));
  for (const level of all("[data-level]")) fillTank(level, live.values.get(level.dataset.level));
  for (const element of all("[data-reason]")) showReason(element, now);
  for (const machine of all("[data-machine]")) showMachine(machine, live.values.get(machine.dataset.status));
  showDischarge();
  showAnalysers(now);
}

function part(element, value) {
  const low = Number(element.dataset.low);
  const high = Number(element.dataset.high);
  return Math.min(Math.max((value - low) / (high - low), 0), 1);
}

function moveTick(tick, sample) {
  if (!sample) return;
  const at = holds(sample) && sample[0] !== null ? part(tick, sample[0]) * 100 : -10;
  tick.setAttribute("d", `M${at.toFixed(2)} 0V10`);
}

function fillTank(level, sample) {
  if (!sample) return;
  const height = holds(sample) && sample[0] !== null ? part(level, sample[0]) * 98 : 0;
  level.setAttribute("y", (99 - height).toFixed(2));
  level.setAttribute("height", height.toFixed(2));
}

function showReason(element, now) {
  const reasons = element.dataset.reason.trim().split(" ")
    .map((tag) => live.values.get(tag)).filter(Boolean)
    .map((sample) => reasonOf(sample, now, { short: element.closest("[data-metric]") !== null })).filter(Boolean);
  setText(element, reasons[0] ?? "");
  element.closest("[data-metric]")?.classList.toggle("is-broken", reasons.length > 0);
}

function showMachine(element, sample) {
  if (!sample) return;
  const { on, fault, moving, remote, auto, saidOn, saidOff } = element.dataset;
  const word = holds(sample) ? sample[0] : null;
  let state = "off";
  if (word === null) state = "unknown";
  else if (word & fault) state = "fault";
  else if (word & moving) state = "moving";
  else if (word & on) state = "on";
  const said = { on: saidOn, off: saidOff }[state] ?? words.machine[state];
  if (!element.classList.contains(`is-${state}`)) {
    element.className = `machine is-${state}`;
    element.firstElementChild.setAttribute("aria-label", `${element.dataset.name} ${said}`);
  }
  let mode = "";
  if (word !== null && Number(remote) && !(word & remote)) mode = words.mode.local;
  else if (word !== null && Number(auto) && !(word & auto)) mode = words.mode.hand;
  setText(element.querySelector("[data-mode]"), mode);
}

// --- discharge -------------------------------------------------------------------------------

const BASES = ["single", "daily", "internal"];

function breaches(tile, basis, value) {
  const low = tile.dataset[`${basis}Low`];
  const high = tile.dataset[`${basis}High`];
  const above = high !== undefined && value > Number(high) + float32Slack(Number(high));
  return above || (low !== undefined && value < Number(low) - float32Slack(Number(low)));
}

function limited(tile) {
  return BASES.some((basis) => `${basis}Low` in tile.dataset || `${basis}High` in tile.dataset);
}

// How far beyond a limit a value still is the limit, as on the server: float32 has 0.4 as 0.40000000596.
function float32Slack(limit) {
  const next = new Float32Array([Math.abs(limit)]);
  const [held] = next;
  new Uint32Array(next.buffer)[0] += 1;
  return Math.max(Math.abs(held - Math.abs(limit)), (next[0] - held) / 4);
}

function showDischarge() {
  const verdicts = [];
  for (const tile of all("[data-tile]")) {
    const sample = live.values.get(tile.dataset.tile);
    if (!sample) return;
    let verdict = "unknown";
    if (!limited(tile)) verdict = "missing";
    else if (holds(sample) && sample[0] !== null) {
      verdict = BASES.find((basis) => breaches(tile, basis, sample[0])) ?? "within";
    }
    tile.dataset.verdict = verdict;
    tile.dataset.condition = condition(sample);
    setText(tile.querySelector("[data-mark]"), words.mark[verdict]);
    verdicts.push(verdict);
  }
  const worst = verdicts.sort((a, b) => VERDICTS.indexOf(b) - VERDICTS.indexOf(a))[0];
  const said = document.querySelector("[data-worst]");
  if (!worst || !said) return;
  said.dataset.worst = worst;
  setText(said, words.verdict[worst]);
}

// --- analysers -------------------------------------------------------------------------------

function showAnalysers(now) {
  for (const row of all("[data-analyser]")) {
    const sample = live.values.get(row.dataset.analyser);
    if (!sample) continue;
    let state = "unknown";
    if (holds(sample) && sample[0] !== null) {
      const found = row.dataset.masks.trim().split(" ").map((entry) => entry.split(":"))
        .find(([, mask]) => sample[0] & Number(mask));
      state = found ? found[0] : "idle";
    }
    row.dataset.state = state;
    setText(row.querySelector("[data-state-text]"), words.analyser[state]);
    const age = row.querySelector("[data-sampled]");
    const sampled = age && live.values.get(age.dataset.sampled);
    if (sampled) setText(age, sampled[0] > 0 ? rough(now - sampled[0] * 1000) : NO_VALUE);
  }
}

// --- alarms, lines ---------------------------------------------------------------------------

function showAlarms() {
  const marks = { tag: new Map(), equipment: new Map(), unit: new Map() };
  linksDown = new Map();
  const worse = (map, key, tone) => {
    if (key && (RANK[tone] ?? 0) > (RANK[map.get(key)] ?? 0)) map.set(key, tone);
  };
  for (const alarm of live.alarms.active) {
    if (alarm.state === "returned") continue;
    const tone = ["instrument", "link"].includes(alarm.kind) ? "data" : alarm.priority;
    worse(marks.tag, alarm.tag, tone);
    worse(marks.unit, alarm.unit, tone);
    if (alarm.kind === "bit") worse(marks.equipment, alarm.equipment, tone);
    if (alarm.kind === "link") linksDown.set(alarm.tag.replace(/\.link$/, ""), Date.parse(alarm.raised_at));
  }
  for (const element of all(".metric [data-point]")) setData(element, "alarm", marks.tag.get(element.dataset.point));
  for (const element of all("[data-machine]")) setData(element, "alarm", marks.equipment.get(element.dataset.machine));
  for (const element of all("[data-unit-mark]")) {
    const tone = marks.unit.get(element.dataset.unitMark);
    setData(element, "alarm", tone);
    const shape = !tone || tone === "data" ? "medium" : tone;
    element.firstElementChild.setAttribute("href", `#shape-${shape}`);
  }
  sound.set(live.alarms.active.some(
    (alarm) => alarm.state === "unacknowledged" && ["high", "critical"].includes(alarm.priority),
  ));
}

function showOutages() {
  const links = live.status?.links ?? {};
  const now = live.now();
  for (const unit of all("[data-unit]")) {
    const channels = unit.dataset.channels.split(" ").filter(Boolean);
    // A unit whose first channel is lost is lost; one lost among several leaves its own values struck.
    const lost = channels[0] && links[channels[0]] === "down" ? channels[0] : null;
    unit.classList.toggle("is-lost", lost !== null);
    const since = lost && linksDown.get(lost);
    // Where the label has to wrap, a span is not torn from its unit of time.
    const span = since ? ` ${rough(now - since).replaceAll(" ", "\u00a0")}` : "";
    setText(unit.querySelector("[data-outage]"), lost ? `${words.link_lost}${span}` : "");
  }
}

// --- head, foot ------------------------------------------------------------------------------

function showStatus() {
  const { status } = live;
  const channels = Object.keys(status.links);
  const down = channels.filter((id) => status.links[id] !== "up");
  setText(document.querySelector("[data-links]"), fill(words.links_up, { up: channels.length - down.length, all: channels.length }));
  setText(document.querySelector("[data-down]"), down.map((id) => `${id} ${words.link[status.links[id]]}`).join(" · "));
  const slow = status.store_age_ms > 60000;
  const store = document.querySelector("[data-store]");
  setText(store, slow ? fill(words.store_slow, { span: duration(status.store_age_ms) }) : words.store_ok);
  store.classList.toggle("is-wrong", slow);
  const queue = document.querySelector("[data-queue]");
  const parts = [fill(words.queue, { num: status.queued })];
  if (status.lost) parts.push(fill(words.lost_samples, { num: status.lost }));
  setText(queue, parts.join(" · "));
  queue.classList.toggle("is-wrong", status.lost > 0);
  for (const element of document.querySelectorAll("[data-target]")) {
    const target = status.targets[element.dataset.target];
    if (!target) continue;
    const num = target.queued.toLocaleString("en");
    setText(element, fill(words.target[target.state], { name: element.dataset.targetName, num }));
    element.classList.toggle("is-wrong", target.state === "down" || target.state === "misconfigured");
  }
  showOutages();
}

// What a node itself says of its lines, and samples that say there is none, are not the plant's data.
function noteAge() {
  for (const [tag, [value, ms, quality]] of live.values) {
    if (value !== null && major(quality) !== "bad" && !tag.endsWith(".link")) newestGood = Math.max(newestGood, ms);
  }
}

function tick() {
  const now = live.now();
  const time = plantTime(now);
  setText(document.querySelector("[data-clock]"), time.second);
  if (newestGood) setText(age, fill(words.data_age, { span: duration(now - newestGood) }));
  countUp(live);
  sound.setLost(live.state !== "live" && live.silentFor() > DEAF_AFTER);
  const lost = document.querySelector("[data-lost]");
  lost.hidden = live.state !== "lost";
  if (!lost.hidden) setText(lost, fill(words.lost_for, { span: duration(live.silentFor()) }));
  if (time.day !== day) {
    day = time.day;
    renewSoon();
  }
}

// --- charts ----------------------------------------------------------------------------------

async function showSpark(box) {
  const to = live.now();
  const tags = box.dataset.spark.trim().split(" ");
  const tall = "axis" in box.dataset;
  try {
    const series = await Promise.all(tags.map((tag) => readWindows(tag, to - DAY, to, SPARK_EVERY_S)));
    const limits = [box.dataset.limit, box.dataset.limitLow].filter((text) => text !== undefined).map(Number);
    const options = { from: to - DAY, to, everyMs: SPARK_EVERY_S * 1000, limits, decimals: Number(box.dataset.decimals) };
    drawSpark(box, series, { ...options, height: 100, axis: tall ? axis(to) : null });
  } catch {
    const again = Object.assign(document.createElement("p"), { className: "dim", textContent: words.loading_failed });
    if (!box.querySelector("svg")) box.replaceChildren(again);
  }
}

function axis(to) {
  const lines = [];
  const labels = [];
  for (let ms = Math.ceil((to - DAY) / 3600000) * 3600000; ms < to; ms += 3600000) {
    const { minute } = plantTime(ms);
    const hour = Number(minute.slice(0, 2));
    if (minute.endsWith(":00") && hour % 6 === 0) {
      lines.push(ms);
      labels.push({ ms, text: minute });
    }
  }
  return { lines, labels };
}

// A few at a time: a wall must not be a load on the node it shows.
async function showSparks() {
  const boxes = all("[data-spark]");
  const work = async () => {
    for (let box = boxes.shift(); box; box = boxes.shift()) await showSpark(box);
  };
  await Promise.all([work(), work()]);
}

// --- renewal ---------------------------------------------------------------------------------

// Takes the board from the server anew: at midnight, for limits change with the calendar, and after
// an outage. Many walls wait for the same moment, so each takes one of its own soon after it.
function renewSoon() {
  clearTimeout(renewal);
  renewal = setTimeout(renew, Math.random() * RENEWED_WITHIN);
}

// What changed with the program or the folder itself needs a whole reload.
async function renew() {
  const response = await fetch(location.href, { cache: "no-store" });
  if (!response.ok || response.redirected) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (page.querySelector('meta[name="build"]').content !== meta("build")) {
    location.reload();
    return;
  }
  for (const id of ["board", "alarm-band"]) {
    const element = document.getElementById(id);
    const fresh = document.adoptNode(page.getElementById(id));
    element.replaceWith(fresh);
    htmx.process(fresh);
  }
  showEverything();
}

function showEverything() {
  if (live.values.size) showValues();
  if (live.alarms) showAlarms();
  if (live.status) showStatus();
  showSparks();
}

// --- sound -----------------------------------------------------------------------------------

const sound = new AlarmSound();

function showSound() {
  const button = document.querySelector("[data-sound]");
  button.hidden = false;
  const silent = sound.blocked || sound.muted;
  button.classList.toggle("is-silent", silent);
  button.classList.toggle("is-blocked", sound.blocked);
  button.querySelector("use").setAttribute("href", silent ? "#icon-muted" : "#icon-sound");
  let text = "";
  if (sound.blocked) text = words.sound_blocked;
  else if (sound.muted) text = words.sound_off;
  setText(button.querySelector("[data-sound-text]"), text);
  button.title = silent ? words.sound_on : words.sound_mute;
  button.setAttribute("aria-label", text ? `${text}: ${button.title}` : button.title);
}

setUp();
followConnection(live);
followAlarms(live);
live.addEventListener("values", noteAge);
live.addEventListener("values", showValues);
live.addEventListener("alarms", showAlarms);
live.addEventListener("status", showStatus);
live.addEventListener("tick", tick);
live.addEventListener("state", ({ detail }) => {
  if (live.state === "live" && ["lost", "expired"].includes(detail.was)) renewSoon();
});
document.body.addEventListener("htmx:afterSwap", () => countUp(live));
sound.addEventListener("change", showSound);
document.querySelector("[data-sound]").addEventListener("click", () => sound.toggle());
showSound();
showSparks();
setInterval(showSparks, SPARKS_RENEWED);
live.start();
