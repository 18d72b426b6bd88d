// The OPC quality byte, read as telemetry/quality.py reads it.

import { words } from "./settings.js";
import { rough } from "./format.js";

const SINCE_SHOWN = 60000;
const REASONS = {
  0: "bad", 4: "config_error", 8: "not_connected", 12: "device_failure", 16: "sensor_failure",
  20: "last_known", 24: "comm_failure", 28: "out_of_service", 32: "waiting",
  64: "uncertain", 68: "last_usable", 80: "not_accurate", 84: "range_exceeded", 88: "sub_normal",
  192: "good", 216: "local_override",
};

export function major(quality) {
  return { 0xc0: "good", 0x40: "uncertain" }[quality & 0xc0] ?? "bad";
}

// A sample of the stream, [value, ms, quality, stale], as good, uncertain, bad, stale or waiting.
export function condition([, ms, quality, stale]) {
  if (!ms) return "waiting";
  const found = major(quality);
  if (found === "bad") return "bad";
  return stale ? "stale" : found;
}

export function holds(sample) {
  return ["good", "uncertain"].includes(condition(sample));
}

// Why a value does not hold and since when; nothing for a good one. `short` where room is scarce.
export function reasonOf(sample, nowMs, { short = false } = {}) {
  const own = short ? words.short : {};
  const [, ms, quality] = sample;
  const found = condition(sample);
  if (found === "good" || found === "waiting") return "";
  if (found === "stale") return `${own.stale ?? words.stale} ${rough(nowMs - ms)}`;
  const key = REASONS[quality & 0xfc] ?? major(quality);
  const word = own[key] ?? words.quality[key];
  // A device that still answers sends bad samples ever anew: since when is not known here.
  return found === "bad" && nowMs - ms > SINCE_SHOWN ? `${word} ${rough(nowMs - ms)}` : word;
}
