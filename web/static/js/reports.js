// The reports page: has a report made, says how that goes, and shows the list anew.

import { busy, clear, post, tell } from "./forms.js";
import { startDesk } from "./desk.js";

const PATIENCE = 180000;
const form = document.querySelector("[data-make]");

startDesk();

async function make() {
  const said = form.querySelector("[data-said]");
  clear(form);
  said.textContent = said.dataset.working;
  const wrong = await post("/api/v1/reports", { month: form.elements.month.value }, PATIENCE);
  said.textContent = wrong === null ? said.dataset.done : "";
  if (wrong !== null) tell(form, wrong);
  document.body.dispatchEvent(new CustomEvent("outfall:reported"));
}

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  busy(form, make);
});
