// The demo's faults: switched by the API, and what is on asked for anew.

import { startDesk } from "./desk.js";
import { startForms, taken } from "./forms.js";

startDesk();
startForms();

const ends = document.querySelector("form[data-ends]");

// The list is exchanged every few seconds, its buttons with it.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-end]");
  if (!button) return;
  const body = { fault: button.dataset.end, target: button.dataset.target, active: false };
  if ((await taken(ends, "/api/v1/demo/faults", body)) !== null) location.reload();
});
