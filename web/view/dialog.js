/** Dialogs: the browser's own, which keep the focus and close with Esc. */

import { t } from "../texts/index.js";
import { fill, h, iconButton } from "./dom.js";

let count = 0;

/**
 * @param {string} title
 * @param {(close: () => void) => import("./dom.js").Child[]} content
 * @param {string} [kind] a class
 */
export function openDialog(title, content, kind = "") {
  const id = `dialog-${++count}`;
  const dialog = h("dialog", { class: kind, "aria-labelledby": id });
  const close = () => dialog.close();
  fill(
    dialog,
    h("header", {}, h("h2", { id }, title), iconButton("close", t.close, close)),
    h("div", { class: "dialog-body" }, ...content(close)),
  );
  const before = document.activeElement;
  dialog.addEventListener("close", () => {
    dialog.remove();
    // The browser gives the focus back while the page is still inert, and a field then takes no text.
    if (before instanceof HTMLElement && before === document.activeElement) {
      before.blur();
      before.focus();
    }
  });
  dialog.addEventListener("pointerdown", (event) => {
    if (event.target === dialog) close();
  });
  document.body.append(dialog);
  dialog.showModal();
  const first = dialog.querySelector("[autofocus]");
  if (first instanceof HTMLElement) first.focus();
  return dialog;
}

/**
 * Asks before something that can't be undone.
 * @param {string} question
 * @param {string} hint
 * @param {string} yes
 * @param {() => void} then
 */
export function ask(question, hint, yes, then) {
  openDialog(question, (close) => [
    h("p", {}, hint),
    h(
      "footer",
      {},
      h("button", { type: "button", class: "button", click: close }, t.cancel),
      h(
        "button",
        { type: "button", class: "button danger", autofocus: true, click: () => (close(), then()) },
        yes,
      ),
    ),
  ]);
}

/**
 * A small surface beside what opened it; it closes by itself when one turns elsewhere.
 * @param {Element} beside
 * @param {string} label
 * @param {(close: () => void) => HTMLElement[]} content
 * @param {string} [kind]
 */
export function openPopover(beside, label, content, kind = "menu") {
  const popover = h("div", { class: `popover ${kind}`, popover: "auto", role: "group", "aria-label": label });
  const close = () => popover.hidePopover();
  popover.append(...content(close));
  popover.addEventListener("toggle", (event) => {
    if (/** @type {ToggleEvent} */ (event).newState === "closed") popover.remove();
  });
  document.body.append(popover);
  popover.showPopover();
  const at = beside.getBoundingClientRect();
  const size = popover.getBoundingClientRect();
  const left = Math.max(8, Math.min(at.right - size.width, innerWidth - size.width - 8));
  const below = at.bottom + 4;
  const top = below + size.height > innerHeight - 8 ? Math.max(8, at.top - size.height - 4) : below;
  popover.style.left = `${left}px`;
  popover.style.top = `${top}px`;
  const first = popover.querySelector("button, input");
  if (first instanceof HTMLElement) first.focus();
  return popover;
}

/**
 * Arrows go from one button to the next.
 * @param {KeyboardEvent} event
 */
export function arrows(event) {
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (!step || event.target instanceof HTMLInputElement) return;
  const here = /** @type {Element} */ (event.currentTarget);
  const all = [...here.querySelectorAll("button")];
  const at = all.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
  all[(at + step + all.length) % all.length]?.focus();
  event.preventDefault();
}
