// What a page of the console must never be; returns sentences, none for a good page.
// Run in the page with {phone: bool, wall: bool}.
({ phone, wall }) => {
  const found = [];
  const root = document.documentElement;
  const name = (element) => `${element.tagName.toLowerCase()}.${element.getAttribute("class") ?? ""} "${(element.textContent ?? "").trim().slice(0, 30)}"`;
  const visible = (element) => {
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    // What lies in a closed part of the page has a box too.
    return element.checkVisibility() && box.width > 1 && box.height > 1 && style.visibility === "visible" && Number(style.opacity) > 0.9;
  };

  if (root.scrollWidth > innerWidth + 1) {
    const wide = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1);
    found.push(`${root.scrollWidth - innerWidth} px too wide: ${wide.slice(0, 3).map(name).join(", ")}`);
  }
  if (wall && !phone && root.scrollHeight > innerHeight) found.push("the wall scrolls");
  if (wall && !phone) {
    for (const element of document.querySelectorAll("main *, header *")) {
      const style = getComputedStyle(element);
      const cut = style.textOverflow === "ellipsis" && element.scrollWidth > element.clientWidth + 1;
      if (cut && element.closest(".picture, .tile")) found.push(`cut off: ${name(element)}`);
    }
    const foot = document.querySelector(".foot").getBoundingClientRect();
    for (const panel of document.querySelectorAll(".panel")) {
      if (panel.getBoundingClientRect().bottom > foot.top + 1) found.push(`reaches below the foot: ${name(panel)}`);
    }
    for (const unit of document.querySelectorAll(".unit")) {
      const own = unit.getBoundingClientRect();
      for (const part of unit.querySelectorAll(".values, .machines, .label")) {
        const box = part.getBoundingClientRect();
        if (box.bottom > own.bottom + 3 || box.right > own.right + 3) found.push(`reaches out of its unit: ${name(part)}`);
      }
    }
  }
  if (phone) {
    for (const target of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, summary, label.chip span")) {
      const area = target.closest("label") ?? target;
      const box = area.getBoundingClientRect();
      if (!visible(area) || target.closest(".skip") || getComputedStyle(target).position === "absolute" && target.matches("input")) continue;
      if (box.height < 43.5 || (box.width < 43.5 && !target.matches(".journal a"))) {
        found.push(`${Math.round(box.width)}×${Math.round(box.height)} to tap: ${name(target)}`);
      }
    }
  }

  const rgb = (text) => (text.match(/[\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => {
    const linear = [r, g, b].map((part) => (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const style = getComputedStyle(e);
      const [r, g, b, a = 1] = rgb(style.backgroundColor);
      if (a > 0.99) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const seen = new Set();
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !visible(element) || element.closest("svg, .unseen, [aria-disabled], :disabled, .skip")) continue;
    const style = getComputedStyle(element);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
    const [a, b] = [light(rgb(style.color)), light(ground(element))].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    const key = `${element.getAttribute("class")}${style.color}`;
    if (contrast < (large ? 3 : 4.5) && !seen.has(key)) {
      seen.add(key);
      found.push(`contrast ${contrast.toFixed(2)}: ${name(element)}`);
    }
  }

  for (const control of document.querySelectorAll("button, a[href], input:not([type=hidden])")) {
    const said = control.textContent.trim() || control.getAttribute("aria-label") || control.title || control.labels?.length || control.placeholder;
    if (!said) found.push(`has no name: ${control.outerHTML.slice(0, 80)}`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  for (const id of ids.filter((one, i) => ids.indexOf(one) !== i)) found.push(`id twice: ${id}`);
  if (document.querySelectorAll("h1").length !== 1) found.push("not one h1");
  return found;
}
