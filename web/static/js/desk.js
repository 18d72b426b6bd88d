// What the desk's pages share: one stream, the clock, the badge, fresh values.

import { countUp, followAlarms, followConnection, setUp } from "./page.js";
import { number, plantTime } from "./format.js";
import { condition, reasonOf } from "./quality.js";
import { Live } from "./live.js";

export function startDesk() {
  const live = new Live();
  setUp();
  followConnection(live);
  followAlarms(live);
  live.addEventListener("values", () => showValues(live));
  live.addEventListener("tick", () => {
    const clock = document.querySelector("[data-clock]");
    const text = plantTime(live.now()).minute;
    if (clock.textContent !== text) clock.textContent = text;
    countUp(live);
  });
  document.body.addEventListener("htmx:afterSwap", () => {
    showValues(live);
    countUp(live);
  });
  return live.start();
}

function showValues(live) {
  for (const element of document.querySelectorAll("[data-point]")) {
    const sample = live.values.get(element.dataset.point);
    if (!sample) continue;
    element.textContent = number(sample[0], Number(element.dataset.decimals));
    element.dataset.condition = condition(sample);
  }
  for (const element of document.querySelectorAll("[data-reason]")) {
    const sample = live.values.get(element.dataset.reason);
    if (sample) element.textContent = reasonOf(sample, live.now());
  }
}
