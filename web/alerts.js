/** Telling somebody who looks elsewhere: notifications of the browser, and a sound. */

import { fold, isRoom, mentions } from "./irc/names.js";
import { plain } from "./state/text.js";
/** @typedef {import("./state/settings.js").Settings} Settings */

const TEXT_LENGTH_MAX = 120;
const TONE = { hertz: 660, seconds: 0.18, volume: 0.08 };

export class Alerts {
  /** @type {AudioContext | null} */
  #audio = null;

  /** Whether the browser lets us; asks its user if that is open. */
  async permit() {
    if (!("Notification" in window)) return false;
    return (await Notification.requestPermission()) === "granted";
  }

  /**
   * Tells of what was said, if it is for the user and they look elsewhere.
   * @param {import("./state/reducer.js").State} state
   * @param {string} conversation
   * @param {import("./irc/events.js").Entry} entry
   * @param {() => void} open
   */
  hear({ me, settings, open: shown }, conversation, entry, open) {
    const key = fold(conversation);
    const room = isRoom(conversation) ? conversation : "";
    const isFor = !room || mentions(entry.text, me.nick);
    const isSeen = document.hasFocus() && shown === key;
    const isSaid = entry.kind !== "join" && entry.kind !== "part";
    if (entry.own || !isFor || isSeen || !isSaid || settings.muted.includes(key)) return;
    this.#raise(entry.from, plain(entry.text), room, settings, open);
  }

  /**
   * @param {string} from
   * @param {string} text
   * @param {string} room empty for a direct message
   * @param {Settings} settings
   * @param {() => void} open
   */
  #raise(from, text, room, settings, open) {
    if (settings.sound) this.#play();
    if (!settings.notify || !("Notification" in window) || Notification.permission !== "granted") return;
    const title = room ? `${from} · ${room}` : from;
    try {
      const shown = new Notification(title, { body: text.slice(0, TEXT_LENGTH_MAX), tag: room || from });
      shown.onclick = () => {
        window.focus();
        open();
        shown.close();
      };
    } catch {
      // Some browsers have them for workers only; the counts in the list are there all the same.
    }
  }

  #play() {
    this.#audio ??= new AudioContext();
    const { currentTime: now } = this.#audio;
    const [tone, volume] = [this.#audio.createOscillator(), this.#audio.createGain()];
    tone.frequency.value = TONE.hertz;
    volume.gain.setValueAtTime(TONE.volume, now);
    volume.gain.exponentialRampToValueAtTime(0.0001, now + TONE.seconds);
    tone.connect(volume).connect(this.#audio.destination);
    tone.start(now);
    tone.stop(now + TONE.seconds);
  }
}
