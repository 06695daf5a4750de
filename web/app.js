/** Puts the page together and starts it. */

import { Actions } from "./actions.js";
import { Alerts } from "./alerts.js";
import { Client } from "./irc/client.js";
import { initial } from "./state/reducer.js";
import { load, save } from "./state/settings.js";
import { Store } from "./state/store.js";
import { chooseLanguage, language } from "./texts/index.js";
import { Composer } from "./view/composer.js";
import { List } from "./view/list.js";
import { Main } from "./view/main.js";
import { setContext } from "./view/part.js";
import { People } from "./view/people.js";
import { Root } from "./view/root.js";
import { Search } from "./view/search.js";
import { Talk } from "./view/talk.js";
import { Timeline } from "./view/timeline.js";
import { WayIn } from "./view/way-in.js";

/** How often it is looked whether somebody stopped typing. */
const TICK_MS = 1_000;

const clock = {
  now: () => Date.now(),
  after: (/** @type {number} */ ms, /** @type {() => void} */ then) => {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
  random: () => crypto.getRandomValues(new Uint32Array(1))[0] / 2 ** 32,
};

/** The server that the page came from. */
function open() {
  const scheme = location.protocol === "http:" ? "ws:" : "wss:";
  return new WebSocket(`${scheme}//${location.host}/`, ["text.ircv3.net"]);
}

const store = new Store(initial(load(localStorage)), (then) => void requestAnimationFrameOrSoon(then));
/** @type {Actions} */
const actions = new Actions(store, new Client(open, clock, (event) => actions.heard(event)), new Alerts());
setContext({ store, actions });

/**
 * With the next picture; pages that are not shown have none, and are told all the same.
 * @param {() => void} then
 */
function requestAnimationFrameOrSoon(then) {
  return document.visibilityState === "visible" ? requestAnimationFrame(then) : setTimeout(then, 0);
}

let settings = store.state.settings;
const adopt = () => {
  settings = store.state.settings;
  chooseLanguage(settings.language, navigator.languages);
  document.documentElement.lang = language;
  document.documentElement.dataset.theme = settings.theme;
};
adopt();
store.watch(() => {
  if (settings === store.state.settings) return;
  adopt();
  save(localStorage, settings);
});

for (const [name, part] of Object.entries({
  "chat-root": Root,
  "chat-way-in": WayIn,
  "chat-main": Main,
  "chat-list": List,
  "chat-talk": Talk,
  "chat-timeline": Timeline,
  "chat-composer": Composer,
  "chat-people": People,
  "chat-search": Search,
})) {
  customElements.define(name, part);
}

void actions.begin();
setInterval(() => store.dispatch({ type: "tick" }), TICK_MS);
addEventListener("online", () => actions.hurry());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") actions.wake();
});
addEventListener("beforeunload", (event) => {
  if (actions.hasUnsent) event.preventDefault();
});

// A worker makes the page installable; it is a matter of taste whether a browser has one.
if ("serviceWorker" in navigator && isSecureContext) {
  const policy = /** @type {any} */ (window).trustedTypes?.createPolicy("worker", {
    createScriptURL: () => "/worker.js",
  });
  navigator.serviceWorker.register(policy ? policy.createScriptURL("") : "/worker.js").catch(() => {});
}
