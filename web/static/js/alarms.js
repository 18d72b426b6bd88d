// The alarms page: the list and the detail come from the server; here are the keys and the chart.

import { plotPane, stepsFor } from "./plot.js";
import { readWindows } from "./readings.js";
import { startDesk } from "./desk.js";
import { words } from "./settings.js";

const live = startDesk();
let drawn = null;

function rows() {
  return [...document.querySelectorAll("#alarm-list a.row")];
}

function choose(id) {
  for (const row of rows()) {
    if (row.dataset.alarmId === id) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
}

// Up and down go through the list, as in a mail program; a answers.
document.addEventListener("keydown", (event) => {
  const writing = event.target.closest("input, textarea, select");
  if (writing || event.ctrlKey || event.metaKey || event.altKey) return;
  const all = rows();
  const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
  if (step && all.length && !event.target.closest(".detail")) {
    event.preventDefault();
    const at = all.indexOf(document.activeElement);
    const next = at < 0 ? all.findIndex((row) => row.hasAttribute("aria-current")) : at + step;
    all[Math.min(Math.max(next, 0), all.length - 1)].focus();
  } else if (event.key === "a") {
    document.querySelector(".acknowledge-button")?.focus();
  }
});

document.body.addEventListener("htmx:beforeRequest", (event) => {
  const row = event.target.closest?.("a.row");
  if (row) {
    choose(row.dataset.alarmId);
    document.querySelector(".alarms-page").classList.add("shows-detail");
  }
});
document.body.addEventListener("htmx:afterSwap", (event) => {
  const detail = document.getElementById("alarm-detail");
  if (event.detail.requestConfig?.elt?.matches?.("a.row")) {
    document.querySelector(".alarms-page").classList.add("shows-detail");
    detail.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
  drawChart();
});

document.addEventListener("outfall:theme", () => drawn?.redraw());
addEventListener("resize", () => drawn?.resize());

async function drawChart() {
  const box = document.querySelector("[data-chart]");
  if (!box || box.dataset.done) return;
  box.dataset.done = "true";
  drawn?.destroy();
  drawn = null;
  const chart = JSON.parse(box.dataset.chart);
  const to = Math.min(chart.to, live.now());
  const every = Math.max(chart.every, stepsFor(chart.to - chart.from));
  try {
    const columns = await readWindows(chart.tag, chart.from, to, every);
    const marks = [{ at: chart.raised, priority: chart.priority }];
    if (chart.cleared) marks.push({ at: chart.cleared, priority: null });
    drawn = plotPane(box, {
      from: chart.from, to: chart.to, every, measure: chart.measure, height: 240, axis: true,
      series: [{ tag: chart.tag, name: chart.name, decimals: chart.decimals, holds: chart.holds, columns, color: 1, limits: chart.limits }],
      marks, limitWords: words.alarm, include: chart.limit ?? undefined, known: live.now(),
    });
  } catch {
    const text = Object.assign(document.createElement("p"), { className: "dim", textContent: `${words.loading_failed} ` });
    const again = Object.assign(document.createElement("button"), { className: "secondary", type: "button", textContent: words.retry });
    again.addEventListener("click", () => {
      delete box.dataset.done;
      drawChart();
    });
    text.append(again);
    box.replaceChildren(text);
  }
}

// A row tapped before this script had come was opened without it.
if (location.pathname !== "/alarms") document.querySelector(".alarms-page").classList.add("shows-detail");
drawChart();
