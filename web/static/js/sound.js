// The beep of an unacknowledged high alarm: two falling tones every two seconds; and of a wall that no
// longer hears the plant: one low tone every six. Both are made here, from no file.
//
// Browsers let a page sound only after somebody has touched it (a kiosk is started with sound
// allowed). Whether it can sound is shown before there is anything to hear.

const EVERY = 2000;
const LOST_EVERY = 3;

export class AlarmSound extends EventTarget {
  constructor() {
    super();
    this.wanted = false;
    this.lost = false;
    this.beats = 0;
    this.muted = localStorage.getItem("outfall-sound") === "off";
    this.context = new AudioContext();
    this.context.onstatechange = () => this.#changed();
    const wake = () => this.context.state === "suspended" && this.context.resume();
    for (const name of ["pointerdown", "keydown"]) document.addEventListener(name, wake, { passive: true });
    setInterval(() => this.#beat(), EVERY);
  }

  get blocked() {
    return this.context.state !== "running";
  }

  set(wanted) {
    if (wanted && !this.wanted) queueMicrotask(() => this.#beep());
    this.wanted = wanted;
  }

  setLost(lost) {
    if (lost && !this.lost) this.beats = 0;
    this.lost = lost;
  }

  async toggle() {
    if (this.blocked) {
      await this.context.resume();
      this.#mute(false);
    } else {
      this.#mute(!this.muted);
    }
    if (!this.muted) this.#tone(880, 0, 0.12, 0.1);
  }

  #mute(muted) {
    this.muted = muted;
    localStorage.setItem("outfall-sound", muted ? "off" : "on");
    this.#changed();
  }

  // The low tone falls into the pause of the beep: either is heard beside the other.
  #beat() {
    this.#beep();
    if (this.lost && !this.muted && !this.blocked && this.beats % LOST_EVERY === 0) this.#tone(330, 0.9, 0.7, 0.35);
    this.beats += 1;
  }

  #beep() {
    if (!this.wanted || this.muted || this.blocked) return;
    this.#tone(988, 0, 0.22, 0.35);
    this.#tone(740, 0.28, 0.3, 0.35);
  }

  #tone(frequency, after, length, loudness) {
    const start = this.context.currentTime + after;
    const gain = this.context.createGain();
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(loudness, start + 0.02);
    gain.gain.setValueAtTime(loudness, start + length - 0.05);
    gain.gain.linearRampToValueAtTime(0, start + length);
    const tone = this.context.createOscillator();
    tone.type = "triangle";
    tone.frequency.value = frequency;
    tone.connect(gain).connect(this.context.destination);
    tone.start(start);
    tone.stop(start + length);
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
