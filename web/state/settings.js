/** What somebody has chosen on this device. Never holds a password or a message. */

/**
 * @typedef {object} Settings
 * @property {"system" | "light" | "dark"} theme
 * @property {"system" | "en" | "de"} language
 * @property {boolean} notify
 * @property {boolean} sound
 * @property {boolean} people whether the people of a room are shown beside it
 * @property {string[]} muted keys of conversations
 * @property {string} name who was signed in last
 * @property {string} last the conversation that was looked at last
 */

/** @typedef {{getItem: (key: string) => string | null, setItem: (key: string, value: string) => void}} Storage */

const KEY = "chat-secure.settings";

/** @type {Settings} */
export const DEFAULTS = {
  theme: "system",
  language: "system",
  notify: false,
  sound: false,
  people: true,
  muted: [],
  name: "",
  last: "",
};

/**
 * @param {Storage} storage
 * @returns {Settings} what is missing or of another kind is as at the beginning
 */
export function load(storage) {
  /** @type {Record<string, unknown>} */
  let kept = {};
  try {
    kept = Object(JSON.parse(storage.getItem(KEY) ?? "{}"));
  } catch {
    // Nothing is kept, or nothing that can be read.
  }
  const entries = Object.entries(DEFAULTS).map(([name, value]) => {
    const found = kept[name];
    const isSame = Array.isArray(value)
      ? Array.isArray(found) && found.every((one) => typeof one === "string")
      : typeof found === typeof value;
    return [name, isSame ? found : value];
  });
  return Object.fromEntries(entries);
}

/**
 * @param {Storage} storage
 * @param {Settings} settings
 */
export function save(storage, settings) {
  try {
    storage.setItem(KEY, JSON.stringify(settings));
  } catch {
    // A browser that keeps nothing is no reason not to chat.
  }
}
