// Numbers, times and durations, written as web/formats.py writes them.

import { fill, settings, words } from "./settings.js";

export const NO_VALUE = "––";

export function number(value, decimals) {
  if (value === null || !Number.isFinite(value)) return NO_VALUE;
  let text = halfEven(value, decimals).toFixed(decimals);
  if (Number(text) === 0) text = text.replace("-", "");
  return text.replace("-", "−");
}

// Of two equally near numbers the even one, as GB/T 8170 and the server round.
function halfEven(value, decimals) {
  const between = Number.isInteger(value * 2 ** (decimals + 1)) && Math.abs((value * 10 ** decimals) % 1) === 0.5;
  return between ? (2 * Math.round((value * 10 ** decimals) / 2)) / 10 ** decimals : value;
}

export function duration(ms) {
  const s = Math.max(Math.floor(ms / 1000), 0);
  const m = Math.floor(s / 60);
  const h = Math.floor(m / 60);
  const d = Math.floor(h / 24);
  if (d) return fill(words.day_hour, { d, h: h % 24 });
  if (h) return fill(words.hour_minute, { h, m: m % 60 });
  if (m) return fill(words.minute_second, { m, s: s % 60 });
  return fill(words.second, { s });
}

export function rough(ms) {
  const s = Math.max(Math.floor(ms / 1000), 0);
  if (s >= 86400) return fill(words.days, { d: Math.floor(s / 86400) });
  if (s >= 3600) return fill(words.hours, { h: Math.floor(s / 3600) });
  if (s >= 60) return fill(words.minutes, { m: Math.floor(s / 60) });
  return fill(words.second, { s });
}

const parts = new Intl.DateTimeFormat("en-GB", {
  timeZone: settings.timezone,
  year: "numeric", month: "2-digit", day: "2-digit",
  hour: "2-digit", minute: "2-digit", second: "2-digit",
  hourCycle: "h23",
});

// The plant's calendar and clock at a moment, as strings.
export function plantTime(ms) {
  const found = {};
  for (const { type, value } of parts.formatToParts(ms)) found[type] = value;
  return {
    day: `${found.year}-${found.month}-${found.day}`,
    year: found.year,
    monthDay: `${found.month}-${found.day}`,
    minute: `${found.hour}:${found.minute}`,
    second: `${found.hour}:${found.minute}:${found.second}`,
  };
}

// What is typed is the plant's time, whatever the browser's zone.
export function plantMs(text) {
  const guess = Date.parse(`${text}:00Z`);
  const { day, second } = plantTime(guess);
  return guess - (Date.parse(`${day}T${second}Z`) - guess);
}

export function moment(ms, nowMs) {
  const at = plantTime(ms);
  const now = plantTime(nowMs);
  if (at.day === now.day) return at.minute;
  if (at.day === plantTime(nowMs - 86400000).day) return fill(words.yesterday, { clock: at.minute });
  return at.year === now.year ? `${at.monthDay} ${at.minute}` : `${at.day} ${at.minute}`;
}

// ISO 8601 with Z, as the API takes times.
export function iso(ms) {
  return new Date(ms).toISOString();
}
