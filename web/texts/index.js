/** The texts in the language that was chosen. */

import { de } from "./de.js";
import { en } from "./en.js";
/** @typedef {import("./en.js").Texts} Texts */

/** @type {Record<string, Texts>} */
const TABLES = { de, en };
/** What languages call themselves. */
export const LANGUAGES = { en: "English", de: "Deutsch" };

/** @type {Texts} */
export let t = en;
export let language = "en";
/** The language as it is written where its reader lives: `en-GB` has other times than `en-US`. */
let locale = "en";

/**
 * @param {string} choice a language, or `system`
 * @param {readonly string[]} preferred what the browser says its user reads
 */
export function chooseLanguage(choice, preferred) {
  const wanted = choice === "system" ? preferred.map((one) => one.slice(0, 2)) : [choice];
  language = wanted.find((one) => one in TABLES) ?? "en";
  t = TABLES[language];
  locale = preferred.find((one) => one.startsWith(language)) ?? language;
}

/** @param {number} at */
export function timeOf(at) {
  return new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" }).format(at);
}

/** @param {number} at */
export function fullTime(at) {
  return new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "medium" }).format(at);
}

/**
 * @param {number} at
 * @param {number} now
 */
export function dayName(at, now) {
  const day = 86_400_000;
  const startOf = (/** @type {number} */ at) => new Date(at).setHours(0, 0, 0, 0);
  const ago = Math.round((startOf(now) - startOf(at)) / day);
  if (ago === 0) return t.today;
  if (ago === 1) return t.yesterday;
  const isNear = Math.abs(ago) < 300;
  const year = isNear ? undefined : "numeric";
  return new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long", year }).format(at);
}

/** A day as a key. @param {number} at */
export function dayKey(at) {
  return new Date(at).toDateString();
}

/** A moment of another day. @param {number} at */
export function dateOf(at) {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(at);
}

/** How large a file is. @param {number} bytes */
export function size(bytes) {
  const step = Math.min(3, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  const unit = ["byte", "kilobyte", "megabyte", "gigabyte"][step];
  const style = /** @type {const} */ ({
    style: "unit",
    unit,
    unitDisplay: "short",
    maximumSignificantDigits: 3,
  });
  return new Intl.NumberFormat(locale, style).format(bytes / 1000 ** step);
}
