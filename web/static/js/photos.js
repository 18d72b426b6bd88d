// Photos on their way: made smaller on the phone, shown, sent one by one, and kept until the node has them.

import { upload } from "./forms.js";
import { fill, words } from "./settings.js";

const LONGEST = 2000;
const SHOWN = 96;
const LARGEST = 10 * 1024 * 1024;
export const MOST = 6;

export class Photos {
  constructor(form) {
    this.form = form;
    this.list = form.querySelector("[data-photos]");
    this.waiting = [];
    this.working = Promise.resolve();
    for (const input of form.querySelectorAll("[data-photo-input]")) {
      input.addEventListener("change", () => {
        const files = [...input.files];
        input.value = "";
        this.working = this.working.then(() => this.#take(files));
      });
    }
  }

  get empty() {
    return this.waiting.length === 0;
  }

  clear() {
    this.waiting = [];
    this.list.replaceChildren();
  }

  // Returns the key of what is said when a photo was not taken; those that were are gone from here.
  async send(entry) {
    await this.working;
    for (const photo of [...this.waiting]) {
      const wrong = await upload(`/api/v1/logbook/${entry}/photos`, photo.blob);
      if (wrong) return wrong;
      this.#drop(photo);
    }
    return null;
  }

  async #take(files) {
    for (const file of files) {
      if (this.waiting.length >= MOST) return this.#say(words.refused.too_many_photos);
      const photo = await smaller(file);
      if (photo === null) this.#say(words.refused.not_a_photo);
      else if (photo.blob.size > LARGEST) this.#say(words.refused.photo_too_large);
      else this.#show(photo);
    }
  }

  #show(photo) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "×";
    button.setAttribute("aria-label", fill(words.remove, { name: words.photo }));
    button.addEventListener("click", () => this.#drop(photo));
    item.append(photo.shown, button);
    photo.item = item;
    this.waiting.push(photo);
    this.list.append(item);
    this.form.dispatchEvent(new CustomEvent("outfall:photos"));
  }

  #drop(photo) {
    photo.item.remove();
    this.waiting = this.waiting.filter((one) => one !== photo);
    this.form.dispatchEvent(new CustomEvent("outfall:photos"));
  }

  #say(text) {
    const element = this.form.querySelector('[data-wrong="photo"]');
    element.textContent = text;
    element.hidden = false;
  }
}

// A night's line is slow, and no photo of a pump needs twelve million points.
async function smaller(file) {
  let picture;
  try {
    picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return null;
  }
  const blob = await new Promise((done) => drawn(picture, LONGEST).toBlob(done, "image/jpeg", 0.85));
  return blob ? { blob, shown: drawn(picture, SHOWN) } : null;
}

function drawn(picture, longest) {
  const scale = Math.min(1, longest / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas;
}
