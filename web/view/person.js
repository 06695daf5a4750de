/** How a person looks: initials on a colour that is always theirs. */

import { fold } from "../irc/names.js";
import { h } from "./dom.js";

/** @param {string} name */
export function hueOf(name) {
  let hash = 2166136261;
  for (const c of fold(name)) hash = Math.imul(hash ^ (c.codePointAt(0) ?? 0), 16777619);
  // Steps far enough apart to be told from each other.
  return ((hash >>> 8) % 24) * 15;
}

/**
 * @template {HTMLElement} T
 * @param {T} element
 * @param {string} name
 */
export function coloured(element, name) {
  element.style.setProperty("--hue", String(hueOf(name)));
  return element;
}

/** @param {string} name */
export function initials(name) {
  const words = name
    .replace(/^#+/, "")
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
  const [first = "?", second] = words;
  return (second ? first[0] + second[0] : [...first].slice(0, 2).join("")).toUpperCase();
}

/**
 * @param {string} name
 * @param {string} [presence]
 */
export function avatar(name, presence) {
  const dot = presence ? h("span", { class: `dot ${presence}` }) : null;
  return coloured(h("span", { class: "avatar", "aria-hidden": "true" }, initials(name), dot), name);
}

/** @param {string} nick */
export function nickname(nick) {
  return coloured(h("bdi", { class: "nick" }, nick), nick);
}
