// The sign-in page: shows the password on request, counts a wait down. It works without.

import { fill, words } from "./settings.js";
import { setUp } from "./page.js";

setUp();

const reveal = document.querySelector("[data-reveal]");
const password = document.getElementById("password");
reveal.hidden = false;
reveal.addEventListener("click", () => {
  const shown = password.type === "text";
  password.type = shown ? "password" : "text";
  reveal.setAttribute("aria-pressed", String(!shown));
  password.focus();
});

const problem = document.querySelector("[data-wait]");
if (problem) {
  const until = Date.now() + Number(problem.dataset.wait) * 1000;
  const button = document.querySelector("button.primary");
  const timer = setInterval(() => {
    const left = Math.ceil((until - Date.now()) / 1000);
    if (left > 0) {
      problem.querySelector("[data-left]").textContent = fill(words.second, { s: left });
      return;
    }
    clearInterval(timer);
    problem.hidden = true;
    button.disabled = false;
    password.focus();
  }, 500);
}
