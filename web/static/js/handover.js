// The handover page: what is started, signed and added goes to the API, and the page follows what
// others do to the same handover.

import { taken, tell } from "./forms.js";
import { startDesk } from "./desk.js";

const PATIENCE = 20000;
const LOOK_EVERY = 15000;
const STALE = JSON.parse(document.getElementById("handover-stale").textContent);

startDesk();

function bodyOf(form) {
  const data = new FormData(form);
  if ("role" in form.dataset) return { role: form.dataset.role, reason: data.get("reason") ?? "", note: data.get("note") ?? "" };
  if (!("start" in form.dataset)) return { text: data.get("text") };
  const checks = {};
  for (const [name, value] of data) if (name.startsWith("check-")) checks[name.slice(6)] = value === "yes";
  return { instructions: data.get("instructions"), alarm_reason: data.get("alarm_reason") ?? "", checks };
}

// What is frozen or signed with a question open is asked for once.
function openQuestion(form) {
  if ("unanswered" in form.dataset) return "checks_not_answered";
  if (!("start" in form.dataset)) return null;
  const open = [...form.querySelectorAll("[role=radiogroup]")].some((group) => !group.querySelector(":checked"));
  return open ? "checks_open" : null;
}

async function send(form) {
  const question = openQuestion(form);
  if (question && !("asked" in form.dataset)) {
    form.dataset.asked = "";
    tell(form, question);
    return;
  }
  const held = await taken(form, form.dataset.post, bodyOf(form));
  if (held !== null) follow(held, form);
}

// Shows what has just been done where it stands; after starting that is the place to sign.
function follow(held, form) {
  const there = `/handover/${held.id}`;
  const place = "start" in form.dataset ? "#sign-outgoing" : "role" in form.dataset ? `#sign-${form.dataset.role}` : "";
  if (location.pathname === there) {
    if (place) history.replaceState(null, "", place);
    location.reload();
  } else {
    location.assign(there + place);
  }
}

document.addEventListener("submit", (event) => {
  if (!("post" in event.target.dataset)) return;
  event.preventDefault();
  send(event.target);
});
// What somebody else has done meanwhile is shown, when the reason was read.
for (const form of document.querySelectorAll("form[data-post]")) {
  form.addEventListener("outfall:refused", (event) => {
    if (STALE.includes(event.detail)) setTimeout(() => location.reload(), 2500);
  });
}

document.querySelector("[data-print]")?.addEventListener("click", () => print());

// Another phone starts or signs: who has typed nothing sees it.
const banner = document.querySelector("[data-standing]");
const untouched = () => [...document.querySelectorAll("form[data-post]")].every((form) =>
  [...form.elements].every((field) => !("value" in field) || field.type === "submit" || field.value === field.defaultValue && field.checked === field.defaultChecked));

async function look() {
  if (!banner || document.hidden || !untouched()) return;
  try {
    const response = await fetch("/api/v1/handovers/current", { signal: AbortSignal.timeout(PATIENCE) });
    if (!response.ok) return;
    const now = await response.json();
    const standing = `${now.phase} ${now.outgoing?.turn}`;
    if (standing !== banner.dataset.standing) location.reload();
  } catch { /* The line is down; the page says so by itself. */ }
}

setInterval(look, LOOK_EVERY);
