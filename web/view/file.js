/** A file in a message: a picture, small, or a card with its name and size. Its place is kept from the beginning. */

import { about, fileAt } from "../files.js";
import { size, t } from "../texts/index.js";
import { h, icon } from "./dom.js";
import { context } from "./part.js";

/**
 * @param {string} link
 * @returns {HTMLElement | null} nothing if it leads elsewhere
 */
export function fileOf(link) {
  const { tokens } = context.actions.client;
  const file = fileAt(link, tokens.get("draft/FILEHOST") ?? tokens.get("soju.im/FILEHOST"));
  if (!file) return null;
  const { path, name, isPicture } = file;
  const props = { href: path, target: "_blank", rel: "noopener noreferrer", title: name };
  if (!isPicture) return h("a", { ...props, class: "file", download: true }, ...card(path, name));
  const shown = h("img", { src: `${path}/thumbnail`, alt: t.pictureNamed(name), decoding: "async" });
  const frame = h("a", { ...props, class: "file picture" }, shown);
  // No picture that can be shown small, or one that is gone: its place stays as it is.
  shown.addEventListener("error", () => frame.replaceChildren(...card(path, name)), { once: true });
  return frame;
}

/**
 * @param {string} path
 * @param {string} name until the one that was given is known
 */
function card(path, name) {
  const title = h("span", { class: "file-name", dir: "auto" }, name);
  const hint = h("span", { class: "file-size" }, "…");
  void about(path).then((it) => {
    if (it) title.textContent = it.name;
    hint.textContent = it ? size(it.bytes) : t.fileGone;
  });
  return [icon("file"), h("span", { class: "file-words" }, title, hint)];
}
