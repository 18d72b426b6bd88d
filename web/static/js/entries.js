// The entries page: what is typed goes to the API, and stays in its field until the node has it.

import { busy, clear, post, refuse } from "./forms.js";
import { fill, words } from "./settings.js";
import { iso, moment, plantMs, plantTime } from "./format.js";
import { enteredNumber, typed } from "./entered_number.js";
import { startDesk } from "./desk.js";

const FIELD_OF = {
  reading_exists: "time", time_ahead: "time", time_too_old: "time", span_out_of_range: "time", nothing_to_mark: "time",
  reason_missing: "reason", comment_too_long: "reason",
};
const live = startDesk();
const enter = document.querySelector("[data-enter]");
const mark = document.querySelector("[data-mark]");
const correct = document.querySelector("[data-correct]");
const withdraw = document.querySelector("[data-withdraw]");

const minuteNow = () => `${plantTime(live.now()).day}T${plantTime(live.now()).minute}`;

const shows = (form, what) => form.querySelector(`[data-shows="${what}"]`);

// Returns whether the node has it; a form that waits for its answer sends nothing else.
async function send(form, address, body) {
  let wrong = "offline";
  await busy(form, async () => {
    wrong = await post(address, body);
  });
  if (wrong !== "offline") document.body.dispatchEvent(new CustomEvent("outfall:entered"));
  if (wrong !== null) refuse(form, FIELD_OF[wrong] ?? form.dataset.blames, words.refused[wrong]);
  return wrong === null;
}

function numberOf(form) {
  const found = enteredNumber(form.elements.value.value);
  if ("value" in found) return found.value;
  const sentence = { not_a_number: words.not_a_number, which_number: words.which_number }[found.wrong];
  refuse(form, "value", fill(sentence, found));
  return null;
}

// entering ---------------------------------------------------------------------------------------
const chosen = () => enter.elements.tag.selectedOptions[0];
let followsClock = true;

function setTime(text, follows) {
  enter.elements.time.value = text;
  followsClock = follows;
  enter.querySelector("[data-now]").hidden = follows;
}

function showPoint() {
  const { tag, value } = enter.elements;
  const { measure, low, high, last, lastAt } = chosen().dataset;
  const range = { low: typed(Number(low)), high: typed(Number(high)), measure };
  shows(enter, "measure").textContent = measure;
  shows(enter, "range").textContent = fill(words.range_is, range);
  // Keyboards for numbers have no minus on some phones.
  value.inputMode = Number(low) < 0 ? "text" : "decimal";
  const sample = live.values.get(tag.value);
  const held = sample ? (sample[2] >= 64 ? sample : null) : last === undefined ? null : [Number(last), Number(lastAt)];
  const text = held === null || held[0] === null ? words.none_counts : `${typed(held[0])} ${measure} · ${moment(held[1], live.now())}`;
  const element = shows(enter, "last");
  if (element.textContent !== text) element.textContent = text;
}

async function enterReading() {
  clear(enter);
  const value = numberOf(enter);
  if (value === null) return;
  if (!enter.elements.time.value) return refuse(enter, "time", words.time_missing);
  const at = plantMs(enter.elements.time.value);
  const { name, measure } = chosen().dataset;
  // Sent again a minute later it must be the same reading: the time stands still until it is taken.
  const followed = followsClock;
  const written = enter.elements.value.value;
  followsClock = false;
  const taken = await send(enter, "/api/v1/entries", { tag: enter.elements.tag.value, time: iso(at), value });
  if (!taken) {
    enter.querySelector("[data-now]").hidden = false;
    return;
  }
  if (enter.elements.value.value === written) enter.elements.value.value = "";
  if (followed) setTime(minuteNow(), true);
  const said = { name, value: typed(value), measure, at: moment(at, live.now()) };
  enter.querySelector("[data-said]").textContent = fill(words.entered_as, said);
}

if (enter) {
  enter.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!enter.dataset.sending) enterReading();
  });
  enter.elements.tag.addEventListener("change", () => {
    clear(enter);
    showPoint();
  });
  enter.elements.time.addEventListener("input", () => setTime(enter.elements.time.value, false));
  enter.querySelector("[data-now]").addEventListener("click", () => setTime(minuteNow(), true));
  live.addEventListener("values", showPoint);
  live.addEventListener("tick", () => {
    const text = minuteNow();
    if (followsClock && enter.elements.time.value !== text) enter.elements.time.value = text;
  });
  showPoint();
}

// marking ----------------------------------------------------------------------------------------
mark?.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (mark.dataset.sending) return;
  clear(mark);
  const { tag, from, to, kind, reason } = mark.elements;
  if (!from.value || !to.value) return refuse(mark, "time", words.span_missing);
  if (!reason.value.trim()) return refuse(mark, "reason", words.refused.reason_missing);
  const body = { tag: tag.value, from: iso(plantMs(from.value)), to: iso(plantMs(to.value)), kind: kind.value, reason: reason.value };
  if (!await send(mark, "/api/v1/marks", body)) return;
  for (const field of [from, to, reason]) field.value = "";
  mark.querySelector("[data-said]").textContent = words.kept;
});

// correcting, taking back ------------------------------------------------------------------------
function openDialog(form, button) {
  form.reset();
  clear(form);
  form.subject = button.dataset;
  shows(form, "subject").textContent = button.dataset.subject;
  form.closest("dialog").showModal();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-correct-entry], [data-withdraw-mark], [data-cancel]");
  if (!button) return;
  if ("cancel" in button.dataset) return button.closest("dialog").close();
  if ("withdrawMark" in button.dataset) return openDialog(withdraw, button);
  openDialog(correct, button);
  shows(correct, "measure").textContent = button.dataset.measure;
  correct.querySelector("[data-void]").hidden = !button.dataset.value;
});

correct?.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (correct.dataset.sending) return;
  clear(correct);
  const voids = event.submitter?.value === "void";
  const value = voids ? null : numberOf(correct);
  if (!voids && value === null) return;
  const reason = correct.elements.reason.value;
  if (!reason.trim()) return refuse(correct, "reason", words.refused.reason_missing);
  const { tag, at } = correct.subject;
  if (await send(correct, "/api/v1/entries/corrections", { tag, time: at, value, reason })) correct.closest("dialog").close();
});

withdraw?.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (withdraw.dataset.sending) return;
  clear(withdraw);
  const reason = withdraw.elements.reason.value;
  if (!reason.trim()) return refuse(withdraw, "reason", words.refused.reason_missing);
  const address = `/api/v1/marks/${withdraw.subject.withdrawMark}/withdraw`;
  if (await send(withdraw, address, { reason })) withdraw.closest("dialog").close();
});
