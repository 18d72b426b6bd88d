// Points: fresh values by the stream, and small trends, read when they come into sight, a few at a time.

import { startDesk } from "./desk.js";
import { number, rough } from "./format.js";
import { condition, reasonOf } from "./quality.js";
import { readWindows } from "./readings.js";
import { words } from "./settings.js";
import { drawSpark } from "./spark.js";

const AT_ONCE = 2;
const AGAIN_AFTER = 60000;
const live = startDesk();
const waiting = [];
let reading = 0;

const seen = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) ask(target);
    else forget(target);
  }
}, { rootMargin: "80px" });

function ask(box) {
  box.dataset.seen = "true";
  if (!waiting.includes(box)) waiting.push(box);
  next();
}

function forget(box) {
  delete box.dataset.seen;
  const at = waiting.indexOf(box);
  if (at >= 0) waiting.splice(at, 1);
}

function next() {
  while (reading < AT_ONCE && waiting.length) {
    const box = waiting.shift();
    if (!box.isConnected || performance.now() - Number(box.dataset.drawn ?? -AGAIN_AFTER) < AGAIN_AFTER) continue;
    reading += 1;
    draw(box).finally(() => {
      reading -= 1;
      next();
    });
  }
}

async function draw(box) {
  const hours = Number(box.dataset.hours ?? 1);
  const everyS = hours * 60;
  const to = live.now();
  const from = to - hours * 3600000;
  try {
    const columns = await readWindows(box.dataset.spark, from, to, everyS);
    const limits = JSON.parse(box.dataset.limits ?? "[]");
    drawSpark(box, [columns], { from, to, everyMs: everyS * 1000, limits, decimals: Number(box.dataset.decimals), height: 40 });
    const last = columns.values.findLast((value) => value !== null);
    box.setAttribute("role", "img");
    box.setAttribute("aria-label", last === undefined ? words.no_samples : number(last, Number(box.dataset.decimals)));
  } catch {
    box.replaceChildren(Object.assign(document.createElement("span"), { className: "dim", textContent: words.loading_failed }));
  }
  box.dataset.drawn = performance.now();
}

function watch() {
  for (const box of document.querySelectorAll("[data-spark]:not([data-watched])")) {
    box.dataset.watched = "true";
    seen.observe(box);
  }
}

function show() {
  const now = live.now();
  for (const element of document.querySelectorAll("[data-age]")) {
    const ms = live.values.get(element.dataset.age)?.[1];
    if (!ms) continue;
    const text = rough(now - ms);
    if (element.textContent !== text) element.textContent = text;
  }
  for (const element of document.querySelectorAll("[data-quality]")) {
    const sample = live.values.get(element.dataset.quality);
    const is = sample ? condition(sample) : "waiting";
    if (is === "waiting") continue;
    const text = is === "good" ? words.quality.good : reasonOf(sample, now);
    if (element.textContent !== text) element.textContent = text;
    const row = element.closest("tr, .point-now");
    if (!row.classList.contains(`is-${is}`)) {
      row.classList.remove("is-good", "is-uncertain", "is-bad", "is-stale", "is-waiting");
      row.classList.add(`is-${is}`);
    }
  }
}

live.addEventListener("values", show);
live.addEventListener("tick", show);
document.body.addEventListener("htmx:afterSwap", () => {
  watch();
  show();
});
// What is in sight is drawn anew every minute.
setInterval(() => {
  for (const box of document.querySelectorAll("[data-spark][data-seen]")) ask(box);
}, AGAIN_AFTER / 4);
watch();
