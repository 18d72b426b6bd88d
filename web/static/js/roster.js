// The roster page: one tap chooses a turn; then leave is asked for in the bar, or a colleague's turn makes a swap.

import { startDesk } from "./desk.js";
import { iso, plantMs } from "./format.js";
import { busy, clear, fetched, refused, startForms, taken, tell } from "./forms.js";

startDesk();
startForms();

const DAY = 86400000;
const table = document.querySelector("[data-roster]");
const dialog = document.querySelector("[data-swap-dialog]");
const bar = document.querySelector("[data-leave-bar]");
const byDays = document.querySelector("[data-leave-days]");
let chosen = [];

// Leave is of whole turns: of two of somebody's turns all between them belong to it.
function choose(buttons) {
  for (const button of chosen) button.setAttribute("aria-pressed", "false");
  chosen = buttons;
  for (const button of chosen) button.setAttribute("aria-pressed", "true");
  if (!bar) return;
  bar.hidden = !chosen.length;
  if (!chosen.length) return;
  clear(bar);
  const [first, last] = [chosen[0], chosen.at(-1)];
  bar.elements.from.value = first.dataset.from;
  bar.elements.to.value = last.dataset.to;
  bar.elements.person.value = first.dataset.mine ? "" : first.dataset.person;
  standIn(bar.elements.substitute, first.dataset.person);
  bar.querySelector('[data-shows="chosen"]').textContent = first === last ? first.dataset.said : `${first.dataset.said} – ${last.dataset.said.replace(`${last.dataset.name} `, "")}`;
}

// Nobody stands in for oneself.
function standIn(select, person) {
  for (const option of select.options) option.hidden = option.disabled = option.value === person;
  if (select.selectedOptions[0]?.disabled) select.value = "";
}

const turnsOf = (person) => [...table.querySelectorAll("button[data-entry]")].filter((one) => one.dataset.person === person);

function extend(button) {
  const own = turnsOf(button.dataset.person);
  const places = [own.indexOf(chosen[0]), own.indexOf(button)].sort((a, b) => a - b);
  choose(own.slice(places[0], places[1] + 1));
}

const fill = (list, lines) => list.replaceChildren(...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })));

// Too little rest forbids no swap, but is said to who asks for it.
async function sayRests(given, taking) {
  const warning = dialog.querySelector("[data-rests]");
  warning.hidden = true;
  const [entry, other] = [given, taking].map((one) => one.dataset.entry);
  const days = { given: given.dataset.from.slice(0, 10), taken: taking.dataset.from.slice(0, 10) };
  const told = await fetched(`/roster/rests?${new URLSearchParams({ entry, in_return: other, ...days })}`);
  if (!told?.rests.length || dialog.querySelector("form").elements.in_return.value !== other) return;
  fill(warning.querySelector("ul"), told.rests);
  warning.hidden = false;
}

function ask(given, taking) {
  const form = dialog.querySelector("form");
  form.elements.entry.value = given.dataset.entry;
  form.elements.in_return.value = taking.dataset.entry;
  form.elements.substitute.value = taking.dataset.person;
  form.elements.person.value = given.dataset.mine ? "" : given.dataset.person;
  form.querySelector('[data-shows="given"]').textContent = given.dataset.said;
  form.querySelector('[data-shows="taken"]').textContent = `⇄ ${taking.dataset.said}`;
  clear(form);
  sayRests(given, taking);
  dialog.showModal();
  form.elements.reason.focus();
}

table?.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-entry]");
  if (!button) return;
  // The manager moves anybody's turns, everybody else one's own.
  const movable = button.dataset.mine || table.dataset.publishes;
  if (chosen.includes(button)) return choose([]);
  if (!chosen.length) return movable ? choose([button]) : undefined;
  if (button.dataset.person === chosen[0].dataset.person) return extend(button);
  if (chosen.length === 1) return ask(chosen[0], button);
  if (movable) choose([button]);
});
dialog?.addEventListener("close", () => choose([]));
bar?.querySelector("[data-clear]").addEventListener("click", () => choose([]));

// Whole days of the plant's calendar, the last one included.
byDays?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { from, to, leave_kind: sort, reason } = byDays.elements;
  const ends = iso(plantMs(`${to.value}T00:00`) + DAY);
  const body = { kind: "leave", leave_kind: sort.value, from: iso(plantMs(`${from.value}T00:00`)), to: ends, reason: reason.value };
  if ((await taken(byDays, byDays.dataset.api, body)) !== null) location.reload();
});

// Publishing asks first what it would do: what replaces a roster, or is too much for people, is ticked.
const publishing = document.querySelector("[data-publishing]");
const outlook = publishing?.querySelector("[data-outlook]");
let asked = null;

function forget() {
  asked = null;
  outlook.hidden = true;
  publishing.elements.asked.required = publishing.elements.asked.checked = false;
}

async function lookAhead(body) {
  let told = null;
  await busy(publishing, async () => {
    clear(publishing);
    told = await fetched(`/roster/outlook?${new URLSearchParams(body)}`);
  });
  if (told === null) tell(publishing, "unavailable");
  else if (told.refused) refused(publishing, told.refused);
  return told === null || told.refused ? null : told;
}

function question(told) {
  fill(outlook.querySelector("ul"), told.lines);
  outlook.querySelector("label span").textContent = told.question;
  publishing.elements.asked.required = true;
  outlook.hidden = false;
  publishing.elements.asked.focus();
}

publishing?.addEventListener("input", (event) => {
  if (event.target.name !== "asked") forget();
});
publishing?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { pattern, from_day: from, to_day: to } = publishing.elements;
  const body = { pattern: pattern.value, from_day: from.value, to_day: to.value };
  if (asked === null) {
    asked = await lookAhead(body);
    if (asked === null) return;
    if (asked.lines.length) return question(asked);
  }
  const done = await taken(publishing, publishing.dataset.api, asked.code ? body : { ...body, seen: asked.seen });
  forget();
  if (done !== null) location.assign(`/roster?${new URLSearchParams({ month: from.value.slice(0, 7), published: done.publication })}`);
});
// What was done is said once, not each time the page is loaded.
if (document.querySelector("[data-done]")) {
  const address = new URL(location.href);
  address.searchParams.delete("published");
  history.replaceState(null, "", address);
}

// On a phone the month begins far from today.
const today = table?.querySelector("th.is-today");
const scroll = table?.parentElement;
if (today && scroll) scroll.scrollLeft = Math.max(today.offsetLeft - scroll.clientWidth / 2, 0);
