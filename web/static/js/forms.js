// What forms do that send to the API: what is typed stays in its field until the node has it.

import { meta, words } from "./settings.js";
import { sayExpired } from "./page.js";

const PATIENCE = 20000;
const UPLOAD_PATIENCE = 120000;

export function clear(form) {
  for (const element of form.querySelectorAll("[data-wrong]")) element.hidden = true;
  for (const field of form.elements) field.removeAttribute("aria-invalid");
  const said = form.querySelector("[data-said]");
  if (said) said.textContent = "";
}

// Says it beside the field it is of; a form without that field says it beside its last one.
export function refuse(form, name, text) {
  const fields = [...form.querySelectorAll("[data-wrong]")];
  const element = fields.find((one) => one.dataset.wrong === name) ?? fields.at(-1);
  element.textContent = text;
  element.hidden = false;
  const blamed = [...form.elements].filter((field) => field.getAttribute("aria-describedby") === element.id);
  if (blamed.length === 1) blamed[0].setAttribute("aria-invalid", "true");
  ([...form.elements].find((field) => field.getAttribute("aria-invalid")) ?? element).focus?.();
  element.scrollIntoView({ block: "nearest" });
}

// Returns null when the node has it, and otherwise the key of what is said: words.refused.
export async function post(address, body) {
  const json = { "Content-Type": "application/json" };
  return ask(address, json, JSON.stringify(body), PATIENCE);
}

export async function upload(address, blob) {
  return ask(address, { "Content-Type": blob.type }, blob, UPLOAD_PATIENCE);
}

async function ask(address, headers, body, patience) {
  try {
    const response = await fetch(address, {
      method: "POST",
      headers: { ...headers, "X-CSRF-Token": meta("csrf-token") },
      body,
      signal: AbortSignal.timeout(patience),
    });
    return response.ok ? null : await codeOf(response);
  } catch {
    return "offline"; // No answer: it is not known whether it came through.
  }
}

async function codeOf(response) {
  if (response.status === 401) sayExpired();
  const { code } = await response.json().catch(() => ({}));
  if (code in words.refused) return code;
  return { 401: "expired", 403: "forbidden", 503: "unavailable" }[response.status] ?? "failed";
}

// Runs what a form does, once at a time, with its buttons held.
export async function busy(form, work) {
  if (form.dataset.sending) return;
  form.dataset.sending = "true";
  form.setAttribute("aria-busy", "true");
  const buttons = [...form.querySelectorAll('button[type="submit"]')];
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
