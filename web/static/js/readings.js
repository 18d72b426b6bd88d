// History for charts, as columns.

import { iso } from "./format.js";

export class ReadingsError extends Error {
  constructor(status) {
    super(`readings: ${status}`);
    this.status = status;
  }
}

// {times: [ms], values: [number|null], good: [0…1], origins: [{from, to, origin}]} of windows of `everyS` seconds.
export async function readWindows(tag, fromMs, toMs, everyS, { aggregate = "mean", signal } = {}) {
  const whole = { times: [], values: [], good: [], origins: [] };
  let cursor = null;
  do {
    const query = new URLSearchParams({
      point: tag, from: iso(fromMs), to: iso(toMs), every: `${everyS}s`, aggregate, shape: "columns", limit: "5000",
    });
    if (cursor) query.set("cursor", cursor);
    const response = await fetch(`/api/v1/readings?${query}`, { signal, cache: "no-store" });
    if (!response.ok) throw new ReadingsError(response.status);
    const part = await response.json();
    for (const key of ["times", "values", "good"]) whole[key].push(...part[key]);
    // Every page tells it of the whole period.
    whole.origins = part.origins ?? [];
    cursor = part.next ?? null;
  } while (cursor);
  return whole;
}
