// The journal needs nothing but what every desk page has; its rows come by htmx.

import { startDesk } from "./desk.js";

startDesk();
