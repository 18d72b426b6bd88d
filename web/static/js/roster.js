// The roster page: two taps make a swap, one's own turn and then a colleague's.

import { startDesk } from "./desk.js";
import { clear, startForms } from "./forms.js";

startDesk();
startForms();

const table = document.querySelector("[data-roster]");
const dialog = document.querySelector("[data-swap-dialog]");
let first = null;

function choose(button) {
  first?.setAttribute("aria-pressed", "false");
  first = button;
  first?.setAttribute("aria-pressed", "true");
}

function ask(given, taken) {
  const form = dialog.querySelector("form");
  form.elements.entry.value = given.dataset.entry;
  form.elements.in_return.value = taken.dataset.entry;
  form.elements.substitute.value = taken.dataset.person;
  form.elements.person.value = given.dataset.mine ? "" : given.dataset.person;
  form.querySelector('[data-shows="given"]').textContent = given.dataset.said;
  form.querySelector('[data-shows="taken"]').textContent = `⇄ ${taken.dataset.said}`;
  clear(form);
  dialog.showModal();
  form.elements.reason.focus();
}

table?.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-entry]");
  if (!button) return;
  if (button === first) return choose(null);
  // The manager moves anybody's turns, everybody else one's own.
  const movable = button.dataset.mine || table.dataset.publishes;
  if (!first) {
    if (movable) choose(button);
    return;
  }
  if (button.dataset.person === first.dataset.person) return choose(movable ? button : null);
  ask(first, button);
});
dialog?.addEventListener("close", () => choose(null));

// On a phone the month begins far from today.
const today = table?.querySelector("th.is-today");
const scroll = table?.parentElement;
if (today && scroll) scroll.scrollLeft = Math.max(today.offsetLeft - scroll.clientWidth / 2, 0);
