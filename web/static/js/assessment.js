// The assessment: decisions go to the API one at a time; what was typed stays until the node has it.

import { busy, clear, post, tell, under } from "./forms.js";
import { words } from "./settings.js";
import { iso, plantMs } from "./format.js";
import { startDesk } from "./desk.js";

const PATIENCE = 20000;
const dialog = document.querySelector("[data-step-dialog]");
const form = document.querySelector("[data-step-form]");
const finding = document.querySelector("[data-finding]");
const settleDialog = document.querySelector("[data-settle-dialog]");
const settling = document.querySelector("[data-settle-form]");
const wage = document.querySelector("[data-wage]");
let taken = null;
let settled = null;

startDesk();

// Sends a form once; the page comes back with what it changed, or the form says why not.
function send(where, address, body) {
  return busy(where, async () => {
    clear(where);
    const wrong = await post(address, under(where, address, body));
    if (wrong === null) again();
    else tell(where, wrong);
  });
}

// Comes back to where it was: the lines that were open, the place on the page.
function again() {
  sessionStorage.setItem("assessment", String(scrollY));
  location.reload();
}

const kept = sessionStorage.getItem("assessment");
if (kept !== null) {
  sessionStorage.removeItem("assessment");
  scrollTo(0, Number(kept));
}

function addressed(button) {
  const of = button.dataset.of;
  if (of.includes(":")) return ["/api/v1/attendance/proposals/decisions", { proposal: of }];
  return [`/api/v1/findings/${of}/steps`, {}];
}

function step(button, more) {
  const [address, body] = addressed(button);
  return [address, { ...body, step: button.dataset.take, ...more }];
}

function open(button) {
  taken = button;
  form.reset();
  clear(form);
  for (const part of form.querySelectorAll("[data-asks]")) part.hidden = !(part.dataset.asks in button.dataset);
  form.querySelector('[data-shows="title"]').textContent = button.dataset.label;
  form.querySelector('[data-shows="button"]').textContent = button.dataset.label;
  form.querySelector('[data-shows="subject"]').textContent = button.dataset.subject;
  dialog.showModal();
  (button.dataset.witness === undefined ? form.elements.note : form.elements.witness).focus();
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-take]");
  const missing = event.target.closest("[data-settle]");
  if (missing) return openSettling(missing);
  if (event.target.closest("[data-print]")) print();
  if (!button) return;
  if (["note", "witness", "cause"].some((name) => name in button.dataset)) return open(button);
  button.disabled = true;
  const { reason } = button.dataset;
  const wrong = await post(...step(button, reason === undefined ? {} : { note: reason }));
  if (wrong === null) return again();
  button.disabled = false;
  if (reason !== undefined) button.dataset.note = "";
  open(button);
  if (reason !== undefined) form.elements.note.value = reason;
  tell(form, wrong);
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const more = {};
  for (const name of ["note", "witness", "cause"]) {
    if (name in taken.dataset) more[name] = form.elements[name].value.trim();
  }
  send(form, ...step(taken, more));
});
dialog.querySelector("[data-cancel]").addEventListener("click", () => dialog.close());

// settling what was not signed ----------------------------------------------------------------------
function openSettling(button) {
  settled = button;
  settling.reset();
  clear(settling);
  settling.querySelector('[data-shows="subject"]').textContent = button.dataset.subject;
  settling.elements.side.value = button.dataset.side;
  settling.elements.time.value = button.dataset.due;
  settleDialog.showModal();
  settling.elements.time.focus();
}

async function settle() {
  const { side, time, reason } = settling.elements;
  if (!time.value) return tell(settling, "time_missing");
  if (!reason.value.trim()) return tell(settling, "reason_missing");
  const at = iso(plantMs(time.value));
  const body = { entry: settled.dataset.settle, settles: side.value, at, reason: reason.value };
  await send(settling, "/api/v1/attendance/settlements", body);
}

settling.addEventListener("submit", (event) => {
  event.preventDefault();
  settle();
});
settleDialog.querySelector("[data-cancel]").addEventListener("click", () => settleDialog.close());

// entering a wage -----------------------------------------------------------------------------------
function yuan(field) {
  return field.value === "" ? null : field.valueAsNumber;
}

async function enterWage() {
  const fields = wage.elements;
  const [month, day] = [yuan(fields.month_yuan), yuan(fields.day_yuan)];
  if (month === null && day === null) return tell(wage, "wage_missing");
  if (!fields.valid_from.value) return tell(wage, "time_missing");
  const body = { person: wage.dataset.wage, valid_from: fields.valid_from.value, month_yuan: month, day_yuan: day };
  await send(wage, "/api/v1/wages", body);
}

wage?.addEventListener("submit", (event) => {
  event.preventDefault();
  enterWage();
});

// entering a finding -------------------------------------------------------------------------------
async function showCandidates() {
  const list = finding.querySelector("[data-candidates]");
  if (!finding.elements.time.value) return list.replaceChildren();
  const at = encodeURIComponent(iso(plantMs(finding.elements.time.value)));
  const response = await fetch(`/api/v1/findings/candidates?at=${at}`, { signal: AbortSignal.timeout(PATIENCE) }).catch(() => null);
  const found = response?.ok ? await response.json() : null;
  const zh = document.documentElement.lang.startsWith("zh");
  const chips = (found?.items ?? []).map((one) => {
    const label = document.createElement("label");
    label.className = "chip";
    const box = document.createElement("input");
    Object.assign(box, { type: "checkbox", name: "person", value: one.person });
    const span = document.createElement("span");
    span.textContent = `${one.name} · ${zh ? one.post.zh : one.post.en}`;
    label.append(box, span);
    return label;
  });
  list.replaceChildren(...chips);
  if (!chips.length) list.textContent = words.refused[found ? "nobody_then" : response ? "failed" : "offline"];
}

// What the log and the alarms say of that time, to be named as evidence; the page writes it in its language.
async function showAround() {
  const around = finding.querySelector("[data-around]");
  const at = finding.elements.time.value;
  around.replaceChildren();
  if (!at) return;
  const address = `/assessment/around?at=${encodeURIComponent(at)}`;
  const response = await fetch(address, { signal: AbortSignal.timeout(PATIENCE) }).catch(() => null);
  if (at !== finding.elements.time.value) return;
  if (!response?.ok) return void (around.textContent = words.refused[response ? "failed" : "offline"]);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  around.replaceChildren(...page.body.children);
}

function chosen(name) {
  return [...finding.querySelectorAll(`[name="${name}"]:checked`)].map((box) => box.value);
}

function showKind() {
  const kind = finding.elements.kind.value;
  for (const part of finding.querySelectorAll("[data-for]")) part.hidden = part.dataset.for !== kind;
}

async function propose() {
  const fields = finding.elements;
  const kind = fields.kind.value;
  const persons = chosen("person");
  if (!fields.time.value) return tell(finding, "time_missing");
  if (!persons.length) return tell(finding, "persons_missing");
  const body = { kind, persons, time: iso(plantMs(fields.time.value)), what: fields.what.value, place: fields.place.value };
  body.evidence = { alarms: chosen("alarms"), log_entries: chosen("log_entries"), photos: chosen("photos") };
  // A collection of fields has a method of this name.
  if (kind === "duty_item") body.item = fields.namedItem("item").value;
  await send(finding, "/api/v1/findings", body);
}

if (finding) {
  finding.addEventListener("submit", (event) => {
    event.preventDefault();
    propose();
  });
  finding.elements.time.addEventListener("change", showCandidates);
  finding.elements.time.addEventListener("change", showAround);
  for (const radio of finding.elements.kind) radio.addEventListener("change", showKind);
  finding.closest("details").addEventListener("toggle", () => Promise.all([showCandidates(), showAround()]), { once: true });
  showKind();
}

// A closed line prints open: what it rests on belongs to the sheet.
addEventListener("beforeprint", () => {
  for (const part of document.querySelectorAll(".slip details:not([open])")) {
    part.open = true;
    part.dataset.opened = "";
  }
});
addEventListener("afterprint", () => {
  for (const part of document.querySelectorAll("[data-opened]")) {
    part.open = false;
    delete part.dataset.opened;
  }
});
