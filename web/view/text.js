/** The text of a message as elements: formatting, links, code. */

import { blocks } from "../state/text.js";
import { h } from "./dom.js";
import { fileOf } from "./file.js";
/** @typedef {import("../state/text.js").Piece} Piece */

const EMOJI_ALONE =
  /^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}|\p{Emoji_Modifier}|\u200d|\ufe0f|\s){1,12}$/u;

/**
 * @param {string} wire
 * @returns {HTMLElement}
 */
export function textOf(wire) {
  const isLarge = EMOJI_ALONE.test(wire) && /\S/.test(wire);
  const element = h("div", { class: isLarge ? "text large" : "text", dir: "auto" });
  for (const block of blocks(wire)) {
    if (block.code !== undefined) {
      element.append(h("pre", { tabindex: "0" }, h("code", {}, block.code)));
      continue;
    }
    block.lines.forEach((line, index) => {
      if (index > 0) element.append(h("br"));
      element.append(...line.map(pieceOf));
    });
  }
  return element;
}

/** @param {Piece} piece */
function pieceOf(piece) {
  const { text, bold, italic, underline, strike, mono, ink, ground, link } = piece;
  const file = link && fileOf(link);
  if (file) return file;
  /** @type {HTMLElement | string} */
  let made = text;
  if (link) made = h("a", { href: link, target: "_blank", rel: "noopener noreferrer nofollow" }, text);
  if (mono) made = h("code", {}, made);
  if (bold) made = h("strong", {}, made);
  if (italic) made = h("em", {}, made);
  if (underline) made = h("u", {}, made);
  if (strike) made = h("s", {}, made);
  if (ink !== undefined || ground !== undefined) {
    const classes = [ink !== undefined && `ink-${ink}`, ground !== undefined && `ground-${ground}`];
    made = h("span", { class: classes.filter(Boolean).join(" ") }, made);
  }
  return made;
}
