// The log's page: an entry is written in two taps, and nothing that was typed is lost on the way.
//
// What is being written stands in this browser until the node has it, under an id of its own: sent again
// it is written once. Photos follow their entry, one by one.

import { busy, clear, newId, post, refuse } from "./forms.js";
import { fill, words } from "./settings.js";
import { iso, plantMs, plantTime } from "./format.js";
import { enteredNumber, typed } from "./entered_number.js";
import { Photos } from "./photos.js";
import { startDesk } from "./desk.js";

const DRAFT = "outfall_log_draft";
const FIELD_OF = {
  time_ahead: "time", time_too_old: "time", reading_exists: "value", value_out_of_range: "value",
  reason_missing: "reason", not_a_photo: "photo", photo_too_large: "photo", too_many_photos: "photo",
  photos_busy: "photo", uploads_busy: "photo",
};
const live = startDesk();
const log = document.querySelector("[data-log]");
const add = document.querySelector("[data-add]");
const amend = document.querySelector("[data-amend]");

const minuteNow = () => `${plantTime(live.now()).day}T${plantTime(live.now()).minute}`;
const entered = () => document.body.dispatchEvent(new CustomEvent("outfall:entered"));
const say = (form, wrong) => refuse(form, FIELD_OF[wrong] ?? form.dataset.blames, words.refused[wrong]);

if (log) startWriting(log);

function startWriting(form) {
  const { text, place, kind, at } = form.elements;
  const fields = [...form.querySelectorAll("[data-fields]")];
  const submit = form.querySelector("[data-submit]");
  const said = form.querySelector("[data-said]");
  const values = [...form.querySelectorAll("[data-tag]")];
  const photos = new Photos(form);
  const label = submit.textContent;
  let id = newId();
  let followsClock = true;
  let written = false;
  let chosen = "";

  function hold(held) {
    for (const field of fields) field.disabled = held;
  }

  function setTime(value, follows) {
    at.value = value;
    followsClock = follows;
    form.querySelector("[data-now]").hidden = follows;
  }

  function keep() {
    const filled = values.filter((field) => field.value.trim()).map((field) => [field.dataset.tag, field.value]);
    const draft = {
      account: form.dataset.account, id, text: text.value, place: place.value, kind: kind.value,
      at: followsClock ? null : at.value, filled, written,
    };
    try {
      if (text.value.trim() || filled.length) localStorage.setItem(DRAFT, JSON.stringify(draft));
      else localStorage.removeItem(DRAFT);
    } catch { /* A browser that keeps nothing: then only this page knows it. */ }
    for (const sheet of form.querySelectorAll("[data-sheet]")) {
      const count = [...sheet.querySelectorAll("[data-tag]")].filter((field) => field.value.trim()).length;
      const element = sheet.querySelector("[data-filled]");
      element.textContent = count;
      element.hidden = !count;
    }
  }

  function restore() {
    let draft = null;
    try {
      draft = JSON.parse(localStorage.getItem(DRAFT));
    } catch { /* as if there were none */ }
    if (draft === null || draft.account !== form.dataset.account || draft.written) return;
    id = draft.id;
    text.value = draft.text;
    kind.value = draft.kind;
    if (draft.at) setTime(draft.at, false);
    for (const [tag, value] of draft.filled) {
      const field = values.find((one) => one.dataset.tag === tag);
      if (field) {
        field.value = value;
        field.closest("details").open = true;
      }
    }
    if (draft.place) {
      place.value = draft.place;
      addEventListener("load", () => place.dispatchEvent(new Event("change", { bubbles: true })));
    }
    keep();
  }

  function startAnew() {
    id = newId();
    written = false;
    chosen = "";
    hold(false);
    submit.textContent = label;
    text.value = "";
    kind.selectedIndex = 0;
    if (place.value) {
      place.value = "";
      place.dispatchEvent(new Event("change", { bubbles: true }));
    }
    for (const field of values) field.value = "";
    for (const sheet of form.querySelectorAll("[data-sheet]")) sheet.open = false;
    photos.clear();
    setTime(minuteNow(), true);
    keep();
  }

  // Returns what was typed as numbers, or null when one of them is none.
  function numbers() {
    const found = [];
    for (const field of values) {
      if (!field.value.trim()) continue;
      const number = enteredNumber(field.value);
      const { name, measure, low, high } = field.dataset;
      let wrong = null;
      if (!("value" in number)) wrong = fill(number.wrong === "which_number" ? words.which_number : words.not_a_number, number);
      else if (number.value < Number(low) || number.value > Number(high)) wrong = fill(words.range_is, { low: typed(Number(low)), high: typed(Number(high)), measure });
      if (wrong !== null) {
        field.closest("details").open = true;
        field.setAttribute("aria-invalid", "true");
        field.closest("label").after(form.querySelector('[data-wrong="value"]'));
        refuse(form, "value", `${name}: ${wrong}`);
        return null;
      }
      found.push({ tag: field.dataset.tag, value: number.value });
    }
    return found;
  }

  async function write() {
    clear(form);
    if (!written) {
      const found = numbers();
      if (found === null) return;
      if (!text.value.trim() && !found.length) return refuse(form, "text", words.refused.text_missing);
      if (!at.value) return refuse(form, "time", words.time_missing);
      const [what, where] = place.value.split(":");
      const body = { id, kind: kind.value, text: text.value, values: found };
      if (where) body[what] = what === "unit" ? where : [where];
      if (found.length || !followsClock) {
        // Sent again a minute later its readings must be the same ones: the time stands still until then.
        setTime(at.value, false);
        body.at = iso(plantMs(at.value));
      }
      keep();
      const wrong = await post("/api/v1/logbook", body);
      if (wrong === "log_written_otherwise") {
        id = newId();
        keep();
      }
      if (wrong !== "offline") entered();
      if (wrong !== null) return say(form, wrong);
      written = true;
      keep();
    }
    const wrong = await photos.send(id);
    entered();
    if (wrong !== null) {
      hold(true);
      submit.textContent = submit.dataset.again;
      return refuse(form, "photo", `${words.entry_written} ${words.refused[wrong]}`);
    }
    startAnew();
    said.textContent = words.logged;
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    busy(form, write);
  });
  form.addEventListener("input", (event) => {
    const sheet = event.target.closest("[data-sheet]");
    if (sheet && kind.selectedIndex === 0) kind.value = sheet.dataset.sheet;
    said.textContent = "";
    keep();
  });
  // Whoever takes the last photo away that did not go through has done with the entry.
  form.addEventListener("outfall:photos", () => {
    if (written && photos.empty && !form.dataset.sending) startAnew();
  });
  for (const button of form.querySelectorAll("[data-template]")) {
    button.addEventListener("click", () => {
      const before = text.value.trim();
      text.value = !before || before === chosen.trim() ? button.dataset.text : `${text.value.trimEnd()}\n${button.dataset.text}`;
      chosen = button.dataset.text;
      kind.value = button.dataset.kind;
      said.textContent = "";
      if (/[:：]\s*$/.test(text.value)) text.focus();
      keep();
    });
  }
  at.addEventListener("input", () => setTime(at.value, false));
  form.querySelector("[data-now]").addEventListener("click", () => {
    setTime(minuteNow(), true);
    keep();
  });
  live.addEventListener("tick", () => {
    const now = minuteNow();
    if (followsClock && at.value !== now) at.value = now;
  });
  restore();
}

// adding, amending ------------------------------------------------------------------------------
const added = add ? new Photos(add) : null;

function openDialog(form, button) {
  form.reset();
  clear(form);
  form.entry = button.dataset;
  form.sendId = newId();
  form.querySelector('[data-shows="subject"]').textContent = button.dataset.subject;
  form.closest("dialog").showModal();
  form.elements.text.focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-add-to], [data-amend-entry], [data-cancel]");
  if (!button) return;
  if ("cancel" in button.dataset) return button.closest("dialog").close();
  if ("addTo" in button.dataset) {
    added.clear();
    return openDialog(add, button);
  }
  openDialog(amend, button);
  amend.elements.text.value = button.dataset.text;
});

add?.addEventListener("submit", (event) => {
  event.preventDefault();
  busy(add, async () => {
    clear(add);
    const { text } = add.elements;
    const entry = add.entry.addTo;
    await added.working;
    if (!text.value.trim() && added.empty) return refuse(add, "text", words.refused.text_missing);
    if (text.value.trim()) {
      const wrong = await post(`/api/v1/logbook/${entry}/follow-ups`, { id: add.sendId, text: text.value });
      if (wrong !== null) return say(add, wrong);
      text.value = "";
    }
    const wrong = await added.send(entry);
    entered();
    if (wrong !== null) return say(add, wrong);
    add.closest("dialog").close();
  });
});

amend?.addEventListener("submit", (event) => {
  event.preventDefault();
  busy(amend, async () => {
    clear(amend);
    const { text, reason } = amend.elements;
    if (!text.value.trim()) return refuse(amend, "text", words.refused.text_missing);
    if (!reason.value.trim()) return refuse(amend, "reason", words.refused.reason_missing);
    const wrong = await post(`/api/v1/logbook/${amend.entry.amendEntry}/amendments`, { text: text.value, reason: reason.value });
    if (wrong !== "offline") entered();
    if (wrong !== null) return say(amend, wrong);
    amend.closest("dialog").close();
  });
});
