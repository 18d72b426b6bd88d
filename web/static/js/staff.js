// The staff page: people, crews, posts and patterns go to the API; every change is a further version.

import { startDesk } from "./desk.js";
import { clear, listOf, refused, startForms, taken } from "./forms.js";

startDesk();

const text = (form, name) => form.elements[name]?.value.trim() ?? "";

function person(form, every) {
  const body = { number: text(form, "number"), name: text(form, "name"), category: text(form, "category") };
  const account = text(form, "account");
  if (account || every) body.account = account;
  const qualifications = listOf(text(form, "qualifications"));
  if (qualifications.length || every) body.qualifications = qualifications;
  const url = text(form, "contact");
  // What is left empty stays as it was: an address is a secret and is not shown.
  if (url) body.contacts = [{ kind: url.split(":")[0].replace(/[^A-Za-z0-9_.-]/g, "") || "url", url, language: text(form, "language") }];
  else if (form.elements.unreachable?.checked) body.contacts = [];
  return body;
}

function named(form) {
  const body = { code: text(form, "code"), name: { zh: text(form, "zh"), en: text(form, "en") } };
  if (form.elements.minimum) body.minimum = Number(text(form, "minimum"));
  if (form.elements.answers) body.answers = text(form, "answers") === "yes";
  return body;
}

// The page brings the patterns that so many crews can work.
const PATTERNS = JSON.parse(document.querySelector("script[data-presets]")?.textContent ?? "[]");

const presetOf = (form) => PATTERNS.find((one) => one.code === text(form, "kind"));

// What is made already gets a further version, of another first day.
function showKept(form) {
  const { anchor } = presetOf(form);
  form.querySelector("[data-kept]").hidden = form.querySelector("[data-keeps]").hidden = !anchor;
  form.querySelector("[data-makes]").hidden = Boolean(anchor);
  form.querySelector('[data-shows="anchor"]').textContent = anchor ?? "";
  const field = form.elements.anchor;
  const { value } = field;
  if (anchor) field.value = anchor;
  // One that was kept before patterns by weeks had to begin on a Monday gives way to the day proposed.
  if (field.validity.stepMismatch) field.value = value;
}

function pattern(form) {
  const { code, name, shifts, cycle, pattern: kept } = presetOf(form);
  return { ...(kept && { pattern: kept }), code, name, shifts, cycle, crews: form.dataset.crews.trim().split(" "), anchor: text(form, "anchor") };
}

function sends(form, address, body) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if ((await taken(form, address(), body(form))) !== null) location.reload();
  });
}

for (const form of document.querySelectorAll("form[data-adds]")) sends(form, () => form.dataset.api, (one) => person(one, false));
for (const form of document.querySelectorAll("form[data-named]")) sends(form, () => form.dataset.api, named);
for (const form of document.querySelectorAll("form[data-pattern]")) {
  const { kind, anchor } = form.elements;
  // What goes by weeks begins on a Monday: from the first one of 1970 on the field takes no other day.
  const begin = () => {
    const { begins, byWeek } = kind.selectedOptions[0].dataset;
    anchor.min = byWeek === undefined ? "" : "1970-01-05";
    anchor.step = byWeek === undefined ? "any" : "7";
    anchor.value = begins;
    showKept(form);
  };
  kind.addEventListener("change", begin);
  begin();
  sends(form, () => form.dataset.api, pattern);
  form.addEventListener("outfall:refused", ({ detail }) => {
    if (detail === "code_taken") refused(form, form.dataset.taken);
  });
}

const dialog = document.querySelector("[data-change-dialog]");
const change = dialog.querySelector("form");
let chosen = null;
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-change]");
  if (!button) return;
  chosen = button.dataset.change;
  for (const name of ["number", "name", "category", "account", "qualifications"]) change.elements[name].value = button.dataset[name];
  change.elements.contact.value = "";
  change.elements.unreachable.checked = false;
  change.querySelector("[data-stored]").hidden = !button.dataset.contacts;
  change.querySelector('[data-shows="contacts"]').textContent = button.dataset.contacts;
  change.querySelector('[data-shows="who"]').textContent = button.dataset.name;
  clear(change);
  dialog.showModal();
});
sends(change, () => `/api/v1/staff/${chosen}/versions`, (one) => person(one, true));
change.querySelector("[data-leaves]").addEventListener("click", async () => {
  if ((await taken(change, `/api/v1/staff/${chosen}/deactivate`, {})) !== null) location.reload();
});
startForms();
