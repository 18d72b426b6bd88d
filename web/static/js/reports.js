// The reports page: has a report made, says how that goes, and shows the list anew.

import { meta } from "./settings.js";
import { sayExpired } from "./page.js";
import { startDesk } from "./desk.js";

const PATIENCE = 180000;
const form = document.querySelector("[data-make]");

startDesk();

async function make() {
  const said = form.querySelector("[data-said]");
  const wrong = form.querySelector("[data-wrong]");
  const button = form.querySelector("button");
  wrong.hidden = true;
  said.textContent = said.dataset.working;
  button.disabled = true;
  form.setAttribute("aria-busy", "true");
  let failed = true;
  try {
    const response = await fetch("/api/v1/reports", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": meta("csrf-token") },
      body: JSON.stringify({ month: form.elements.month.value }),
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (response.status === 401) sayExpired();
    failed = !response.ok;
  } catch { /* No answer: the list says whether it came through. */ }
  button.disabled = false;
  form.removeAttribute("aria-busy");
  said.textContent = failed ? "" : said.dataset.done;
  wrong.textContent = said.dataset.failed;
  wrong.hidden = !failed;
  document.body.dispatchEvent(new CustomEvent("outfall:reported"));
}

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  if (form.getAttribute("aria-busy") !== "true") make();
});
