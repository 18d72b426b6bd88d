// A test push: asked for with a button, and what came of it said beside it.
//
//   data-push-test   the person's id, empty for oneself; the next element says what comes of it

import { fetched, sent } from "./forms.js";
import { words } from "./settings.js";

const EVERY = 700;
const PATIENCE = 30000;
const told = JSON.parse(document.querySelector("script[data-push-words]")?.textContent ?? "{}");
Object.assign(words.refused, told.refused);

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-push-test]");
  if (!button) return;
  const said = button.nextElementSibling;
  button.disabled = true;
  said.textContent = told.pending;
  try {
    said.textContent = await outcome(button.dataset.pushTest);
  } finally {
    button.disabled = false;
  }
});

async function outcome(person) {
  const { answer, problem } = await sent("/api/v1/pushes/test", person ? { person } : {});
  if (problem) return problem.detail ?? words.refused[problem.code];
  const until = Date.now() + PATIENCE;
  while (Date.now() < until) {
    await new Promise((go) => setTimeout(go, EVERY));
    const now = await fetched(`/api/v1/pushes/test/${answer.id}`);
    if (now && now.state !== "pending") return now.state === "delivered" ? told.delivered : notTaken(now);
  }
  return told.waiting;
}

function notTaken(push) {
  const why = push.attempts.at(-1)?.error;
  return why ? `${told.failed} (${told.errors[why] ?? why})` : told.failed;
}
