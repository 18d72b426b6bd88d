// My shift: signing says what it was done on.

import { startDesk } from "./desk.js";
import { startForms } from "./forms.js";

startDesk();
const device = document.querySelector("[data-device]");
if (device && matchMedia("(pointer: coarse)").matches) device.value = "phone";
startForms();
