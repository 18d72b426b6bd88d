// What forms do that send to the API: what is typed stays in its field until the node has it.
//
// A page either sends for itself (entries, log), or leaves it to `startForms`: there `data-api` on the form
// names the route, and its fields go as JSON by their names, empty ones staying away.
//
//   data-type="time"    a datetime-local of the plant's clock, sent with its offset
//   data-type="number"  a number
//   data-type="list"    words between commas
//   data-type="yes"     yes or no
//   data-own            the page makes the body and sends it by `taken`
//   data-then           where to go when it is taken; this page anew without it
//   data-refused        the element that says why it was not

import { meta, words } from "./settings.js";
import { iso, plantMs } from "./format.js";
import { sayExpired } from "./page.js";

const PATIENCE = 20000;
const UPLOAD_PATIENCE = 120000;
// What a page refuses in words of its own.
for (const block of document.querySelectorAll("script[data-refusals]")) Object.assign(words.refused, JSON.parse(block.textContent));
const JSON_HEADERS = { "Content-Type": "application/json" };

// sending -----------------------------------------------------------------------------------------

// Returns what the node answered, or the problem: its code, and the API's own sentence where it has one.
async function ask(address, headers, body, patience) {
  try {
    const response = await fetch(address, {
      method: "POST",
      headers: { ...headers, "X-CSRF-Token": meta("csrf-token") },
      body,
      signal: AbortSignal.timeout(patience),
    });
    if (!response.ok) return { problem: await problemOf(response) };
    return { answer: response.status === 204 ? {} : await response.json().catch(() => ({})) };
  } catch {
    return { problem: { code: "offline" } }; // No answer: it is not known whether it came through.
  }
}

async function problemOf(response) {
  if (response.status === 401) sayExpired();
  const { code, detail } = await response.json().catch(() => ({}));
  if (code in words.refused) return { code };
  const usual = { 401: "expired", 403: "forbidden", 503: "unavailable" }[response.status];
  return usual ? { code: usual } : { code: "failed", detail };
}

// Returns null when the node has it, and otherwise the key of what is said: words.refused.
export async function post(address, body, patience = PATIENCE) {
  const { problem } = await ask(address, JSON_HEADERS, JSON.stringify(body), patience);
  return problem ? problem.code : null;
}

// Returns the node's answer, or the problem as it is said.
export const sent = (address, body) => ask(address, JSON_HEADERS, JSON.stringify(body), PATIENCE);

// Returns what is told of something, null where that cannot be had now.
export async function fetched(address) {
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(PATIENCE) });
    if (response.status === 401) sayExpired();
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

// Says in a form why something was not taken, by its key.
export function tell(form, code, detail) {
  // What has no sentence here says itself in the API's.
  const text = detail ? `${words.refused[code]} (${detail})` : words.refused[code];
  const element = form.querySelector("[data-refused]");
  say(element, text);
  element.scrollIntoView({ block: "nearest" });
}

export async function upload(address, blob) {
  const { problem } = await ask(address, { "Content-Type": blob.type }, blob, UPLOAD_PATIENCE);
  return problem ? problem.code : null;
}

// Runs what a form does, once at a time, with its buttons held.
export async function busy(form, work) {
  if (form.dataset.sending) return;
  form.dataset.sending = "true";
  form.setAttribute("aria-busy", "true");
  const buttons = [...form.querySelectorAll('button:not([type="button"]), [data-sends]')].filter((one) => !one.disabled);
  for (const button of buttons) button.disabled = true;
  try {
    await work();
  } finally {
    for (const button of buttons) button.disabled = false;
    delete form.dataset.sending;
    form.removeAttribute("aria-busy");
  }
}

// A name for something to be sent, so that it may be sent again; not crypto.randomUUID, which browsers
// keep from pages without TLS.
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

// saying why not ----------------------------------------------------------------------------------

export function clear(form) {
  for (const element of form.querySelectorAll("[data-wrong], [data-refused]")) element.hidden = true;
  for (const field of form.elements) field.removeAttribute("aria-invalid");
  const said = form.querySelector("[data-said]");
  if (said) said.textContent = "";
}

// Says it beside the field it is of; a form without that field says it beside its last one.
export function refuse(form, name, text) {
  const fields = [...form.querySelectorAll("[data-wrong]")];
  const element = fields.find((one) => one.dataset.wrong === name) ?? fields.at(-1);
  say(element, text);
  const blamed = [...form.elements].filter((field) => field.getAttribute("aria-describedby") === element.id);
  if (blamed.length === 1) blamed[0].setAttribute("aria-invalid", "true");
  ([...form.elements].find((field) => field.getAttribute("aria-invalid")) ?? element).focus?.();
  element.scrollIntoView({ block: "nearest" });
}

function say(element, text) {
  element.textContent = text;
  element.hidden = false;
}

// forms that say themselves where they go ---------------------------------------------------------

function valueOf(field, text) {
  const kind = field?.dataset?.type;
  if (kind === "time") return iso(plantMs(text));
  if (kind === "number") return Number(text);
  if (kind === "list") return listOf(text);
  if (kind === "yes") return text === "yes";
  return text;
}

export const listOf = (text) => text.split(/[,，、\s]+/).filter(Boolean);

function bodyOf(form, submitter) {
  const body = {};
  for (const [name, text] of new FormData(form, submitter)) {
    if (text !== "") body[name] = valueOf(form.elements.namedItem(name), text);
  }
  return body;
}

// What makes a record each time it is sent. Without an answer nobody knows whether it came through: the
// same again goes under the id it had, so that it is written once.
const ONCE = /\/(findings|attendance\/settlements|roster\/covers|leave-requests|addenda)$/;
const sentAs = new WeakMap();

export function under(form, address, body) {
  if (!ONCE.test(address)) return body;
  const said = JSON.stringify([address, body]);
  if (sentAs.get(form)?.said !== said) sentAs.set(form, { said, id: newId() });
  return { ...body, id: sentAs.get(form).id };
}

// Sends for a form; returns what the API answered, or null when it refused: then the form says why.
export async function taken(form, address, body) {
  let answer = null;
  await busy(form, async () => {
    clear(form);
    const sent = JSON.stringify(under(form, address, body));
    const asked = await ask(address, JSON_HEADERS, sent, PATIENCE);
    if (asked.problem === undefined) {
      sentAs.delete(form);
      answer = asked.answer;
      return;
    }
    tell(form, asked.problem.code, asked.problem.detail);
    form.dispatchEvent(new CustomEvent("outfall:refused", { detail: asked.problem.code }));
  });
  return answer;
}

export function startForms() {
  for (const form of document.querySelectorAll("form[data-api]:not([data-own])")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const answer = await taken(form, form.dataset.api, bodyOf(form, event.submitter));
      if (answer === null) return;
      if (form.dataset.then) location.assign(form.dataset.then);
      else location.reload();
    });
  }
  for (const button of document.querySelectorAll("dialog [data-close]")) {
    button.addEventListener("click", () => button.closest("dialog").close());
  }
}
