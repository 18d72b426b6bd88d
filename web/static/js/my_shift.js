// My shift: signing says what it was done on.

import { startDesk } from "./desk.js";
import { startForms } from "./forms.js";

startDesk();
for (const device of document.querySelectorAll("[data-device]")) {
  if (matchMedia("(pointer: coarse)").matches) device.value = "phone";
}
startForms();
