// One EventSource a page: values, alarms and status as they come, and what is known when they do not.
//
//   connecting → live ⇄ lost        nothing heard for five seconds; tried again for ever
//                     ↘ expired     the sign-in has ended; asked again, for another tab may renew it

import { settings } from "./settings.js";

const SILENT_AFTER = 5000;
const DEAF_AFTER = 15000;
const RETRY_FIRST = 1000;
const RETRY_MOST = 10000;
const EXPIRED_RETRY = 30000;

export class Live extends EventTarget {
  constructor() {
    super();
    this.state = "connecting";
    this.values = new Map();
    this.alarms = null;
    this.status = null;
    this.heardAt = performance.now();
    this.clock = { at: settings.now, heard: performance.now() };
    this.retryIn = RETRY_FIRST;
    this.retryTimer = 0;
  }

  start() {
    this.#open();
    setInterval(() => this.#watch(), 500);
    addEventListener("online", () => this.#reopen());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && this.state !== "live") this.#reopen();
    });
    return this;
  }

  // The plant's time, ms. It stands still while nothing is heard: nobody knows it then.
  now() {
    if (this.state === "lost" || this.state === "expired") return this.clock.at;
    const passed = (performance.now() - this.clock.heard) * settings.speed;
    return this.clock.at + Math.min(passed, SILENT_AFTER * settings.speed);
  }

  silentFor() {
    return performance.now() - this.heardAt;
  }

  #open() {
    clearTimeout(this.retryTimer);
    this.source?.close();
    this.source = new EventSource("/api/v1/stream");
    this.openedAt = performance.now();
    this.source.addEventListener("snapshot", (event) => this.#took(event, (data) => this.#keep(data, true)));
    this.source.addEventListener("values", (event) => this.#took(event, (data) => this.#keep(data, false)));
    this.source.addEventListener("alarms", (event) => this.#took(event, (data) => {
      this.alarms = data;
      this.#say("alarms");
    }));
    this.source.addEventListener("status", (event) => this.#took(event, (data) => {
      this.#tell(data.at);
      this.status = data;
      this.#say("status");
    }));
    this.source.onerror = () => {
      if (this.source.readyState === EventSource.CLOSED) this.#failed();
    };
  }

  #reopen() {
    this.retryIn = RETRY_FIRST;
    this.#open();
  }

  #took(event, take) {
    const was = this.state;
    this.heardAt = performance.now();
    this.retryIn = RETRY_FIRST;
    this.state = "live";
    take(JSON.parse(event.data));
    if (was !== "live") this.#say("state", { was });
  }

  #keep({ at, values }, whole) {
    this.#tell(at);
    if (whole) this.values.clear();
    for (const [tag, sample] of Object.entries(values)) this.values.set(tag, sample);
    this.#say("values", { tags: Object.keys(values) });
  }

  #tell(at) {
    this.clock = { at, heard: performance.now() };
  }

  // The browser has given up: find out whether it is the line or the sign-in, and come again.
  async #failed() {
    let status = 0;
    try {
      status = (await fetch("/api/v1/me", { cache: "no-store" })).status;
    } catch { /* no answer: the line */ }
    if (status === 401) this.#enter("expired");
    const wait = status === 401 ? EXPIRED_RETRY : this.retryIn * (0.75 + Math.random() / 2);
    this.retryIn = Math.min(this.retryIn * 2, RETRY_MOST);
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.#open(), wait);
  }

  #watch() {
    const silent = this.silentFor();
    if (silent > SILENT_AFTER && this.state !== "expired") this.#enter("lost");
    // A line cut without a word leaves an open stream that never ends.
    const stuck = performance.now() - Math.max(this.openedAt, this.heardAt) > DEAF_AFTER;
    if (stuck && this.source.readyState === EventSource.OPEN) this.#open();
    this.#say("tick");
  }

  #enter(state) {
    if (this.state === state) return;
    const was = this.state;
    this.state = state;
    this.#say("state", { was });
  }

  #say(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
