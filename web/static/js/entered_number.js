// A number as people type it at night, in whatever input method is on: 28.5, 28,5, 28。5, ２８．５, −3.
//
// Returns {value}, or {wrong} with the key of a sentence and what fills it. A comma before three digits may
// be either kind: 3,200 mg/L taken for 3.2 would lie within the range, so it is asked about.

export function enteredNumber(text) {
  const plain = text.normalize("NFKC").replace(/\s/g, "").replace(/−/g, "-").replace(/[。｡·]/g, ".").replace(/[、，]/g, ",");
  if (/^[+-]?[1-9]\d{0,2},\d{3}$/.test(plain)) {
    return { wrong: "which_number", whole: plain.replace(",", ""), part: String(Number(plain.replace(",", "."))) };
  }
  const pointed = plain.replace(",", ".");
  if (!/^[+-]?(\d+(\.\d+)?|\.\d+)$/.test(pointed)) return { wrong: "not_a_number" };
  return { value: Number(pointed) };
}

// As it was typed, with at most six decimals: web/entries_view.py writes it so.
export function typed(value) {
  return String(Number(value.toFixed(6))).replace("-", "−");
}
