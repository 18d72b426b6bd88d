// What the page was given: language, the plant's zone and time, and every word the scripts say.

export const settings = JSON.parse(document.getElementById("settings").textContent);
export const words = settings.words;

// Fills a message of the catalogues: %(name)s, %(num)d, %(m)02d, %%.
export function fill(message, values) {
  return message.replace(/%\((\w+)\)(0\d+)?[sd]|%%/g, (whole, name, width) => {
    if (whole === "%%") return "%";
    const text = String(values[name]);
    return width ? text.padStart(Number(width), "0") : text;
  });
}

export function meta(name) {
  return document.querySelector(`meta[name="${name}"]`)?.content ?? "";
}
