// Forms that go to the API: `data-api` names the route, fields go as JSON by their names, empty ones stay away.
//
//   data-type="time"    a datetime-local of the plant's clock, sent with its offset
//   data-type="number"  a number
//   data-type="list"    words between commas
//   data-then           where to go when it is taken; this page anew without it
//   data-refused        the element that says why it was not

import { meta, words } from "./settings.js";
import { iso, plantMs } from "./format.js";
import { sayExpired } from "./page.js";

const PATIENCE = 20000;

function valueOf(field, text) {
  const kind = field?.dataset?.type;
  if (kind === "time") return iso(plantMs(text));
  if (kind === "number") return Number(text);
  if (kind === "list") return text.split(/[,，、\s]+/).filter(Boolean);
  if (kind === "json") return JSON.parse(text);
  if (kind === "yes") return text === "yes";
  return text;
}

function bodyOf(form, submitter) {
  const body = {};
  for (const [name, text] of new FormData(form, submitter)) {
    if (text === "" && !form.elements[name]?.dataset?.keepsEmpty) continue;
    body[name] = valueOf(form.elements[name], text);
  }
  return body;
}

export function refuse(form, text) {
  const element = form.querySelector("[data-refused]");
  if (!element) return;
  element.textContent = text;
  element.hidden = false;
}

// Returns what the API answered, or null when it refused: then the form says why.
export async function send(form, address, body, method = "POST") {
  if (form.dataset.sending) return null;
  form.dataset.sending = "true";
  form.setAttribute("aria-busy", "true");
  const buttons = [...form.querySelectorAll("button")].filter((one) => !one.disabled);
  for (const button of buttons) button.disabled = true;
  let answer = null;
  let why = words.refused.offline;
  try {
    const response = await fetch(address, {
      method,
      headers: { "Content-Type": "application/json", "X-CSRF-Token": meta("csrf-token") },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (response.ok) answer = response.status === 204 ? {} : await response.json();
    else why = await reasonOf(response);
  } catch { /* No answer: it is not known whether it came through. */ }
  for (const button of buttons) button.disabled = false;
  delete form.dataset.sending;
  form.removeAttribute("aria-busy");
  if (answer === null) refuse(form, why);
  return answer;
}

async function reasonOf(response) {
  if (response.status === 401) sayExpired();
  const problem = await response.json().catch(() => ({}));
  const known = words.refused[problem.code];
  if (known) return known;
  const usual = { 401: "expired", 403: "forbidden", 503: "unavailable" }[response.status];
  if (usual) return words.refused[usual];
  // What has no sentence here says itself in the API's.
  return problem.detail ? `${words.refused.failed} (${problem.detail})` : words.refused.failed;
}

export function startForms() {
  // Those that make their own body say so.
  for (const form of document.querySelectorAll("form[data-api]:not([data-adds], [data-named], [data-pattern])")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const said = form.querySelector("[data-refused]");
      if (said) said.hidden = true;
      const answer = await send(form, form.dataset.api, bodyOf(form, event.submitter));
      if (answer === null) return;
      if (form.dataset.then) location.assign(form.dataset.then);
      else location.reload();
    });
  }
  for (const button of document.querySelectorAll("dialog [data-close]")) {
    button.addEventListener("click", () => button.closest("dialog").close());
  }
}
