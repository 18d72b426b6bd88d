// What every page does: the CSRF word with each htmx request, the theme without a reload, and a word
// when something could not be loaded.

import { fill, meta, settings, words } from "./settings.js";
import { duration } from "./format.js";

const YEAR = 365 * 86400;

export function setUp() {
  document.body.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRF-Token"] = meta("csrf-token");
  });
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.body.addEventListener(name, () => notify(words.loading_failed));
  }
  document.body.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status === 401) sayExpired();
    else notify(words.loading_failed);
  });
  for (const link of document.querySelectorAll("[data-theme-toggle]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      setTheme(isDark() ? "light" : "dark");
    });
  }
  for (const link of document.querySelectorAll("[data-keeps-query]")) {
    link.addEventListener("click", () => {
      // Scripts change the address (trends); the choice of language must not lose that.
      const target = new URL(link.href);
      const query = new URLSearchParams(location.search);
      for (const key of ["lang", "theme"]) {
        query.delete(key);
        if (target.searchParams.has(key)) query.set(key, target.searchParams.get(key));
      }
      link.href = `${location.pathname}?${query}`;
    });
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", themeChanged);
}

export function isDark() {
  const theme = document.documentElement.dataset.theme;
  return theme === "auto" ? matchMedia("(prefers-color-scheme: dark)").matches : theme === "dark";
}

function setTheme(theme) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `outfall_theme=${theme}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
  document.documentElement.dataset.theme = theme;
  document.querySelector('meta[name="color-scheme"]').content = theme;
  document.querySelector("link[data-dark]").media = theme === "dark" ? "all" : "not all";
  themeChanged();
}

function themeChanged() {
  document.dispatchEvent(new CustomEvent("outfall:theme"));
}

let notice = null;
let noticeTimer = 0;

function noticeElement() {
  notice ??= document.querySelector("[data-notice]");
  return notice;
}

// A word at the edge of the page, taken back after a while unless it must stay.
export function notify(text, { stays = false, link = null } = {}) {
  const element = noticeElement();
  if (!element) return;
  clearTimeout(noticeTimer);
  element.replaceChildren(text);
  if (link) {
    const anchor = document.createElement("a");
    anchor.href = link.href;
    anchor.textContent = link.text;
    element.append(" ", anchor);
  }
  element.hidden = false;
  if (!stays) noticeTimer = setTimeout(() => { element.hidden = true; }, 8000);
}

export function sayExpired() {
  const next = encodeURIComponent(location.pathname + location.search);
  notify(words.expired, { stays: true, link: { href: `/sign-in?next=${next}`, text: words.sign_in } });
}

// Says across the page how the line stands; taken back when it is well again.
export function followConnection(live) {
  const show = () => {
    document.body.dataset.connection = live.state;
    const element = noticeElement();
    if (live.state === "live") {
      if (element) element.hidden = true;
    } else if (live.state === "expired") {
      sayExpired();
    }
  };
  live.addEventListener("state", show);
  live.addEventListener("tick", () => {
    if (live.state === "lost") notify(fill(words.lost_for, { span: duration(live.silentFor()) }), { stays: true });
  });
}

// Texts that count up from a moment of the plant's time.
export function countUp(live, root = document) {
  const now = live.now();
  for (const element of root.querySelectorAll("[data-counts-from]")) {
    const text = duration(now - Number(element.dataset.countsFrom));
    if (element.textContent !== text) element.textContent = text;
  }
}

// Says what changed to who listens instead of looks, when they have finished listening. The region
// stands outside of what is swapped: one that is itself replaced is not read out.
function announce(event) {
  const summary = event.target.querySelector?.("[data-summary]")?.textContent.trim();
  const region = document.querySelector("[data-announce]");
  if (summary && region.textContent !== summary) region.textContent = summary;
}

export function followAlarms(live) {
  const title = document.title;
  document.body.addEventListener("htmx:afterSwap", announce);
  live.addEventListener("alarms", () => {
    const waiting = live.alarms.unacknowledged;
    document.title = waiting ? `(${waiting}) ${title}` : title;
    for (const badge of document.querySelectorAll("[data-unacknowledged]")) {
      badge.textContent = live.alarms.unacknowledged;
      badge.hidden = !live.alarms.unacknowledged;
    }
    document.body.dispatchEvent(new CustomEvent("outfall:alarms"));
  });
}

export { settings };
