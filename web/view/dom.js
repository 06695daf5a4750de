/** Making elements. Text is always text: nothing here reads markup. */

/** @typedef {Node | string | null | undefined | false | "" | 0} Child */

/**
 * @template {string} K
 * @param {K} tag
 * @param {Record<string, unknown>} [props] functions listen to events, true and texts are attributes, undefined and
 *   false are none
 * @param {...Child} children
 * @returns {K extends keyof HTMLElementTagNameMap ? HTMLElementTagNameMap[K] : HTMLElement}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(name, /** @type {EventListener} */ (value));
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined && value !== null)
      element.setAttribute(name, String(value));
  }
  fill(element, ...children);
  return /** @type {any} */ (element);
}

/**
 * A field with its name above.
 * @param {string} label
 * @param {HTMLInputElement} input
 * @param {HTMLElement} [beside]
 */
export function field(label, input, beside) {
  return h(
    "div",
    { class: "field" },
    h("label", { for: input.id }, label),
    h("div", { class: "input" }, input, beside),
  );
}

/**
 * Shows these and nothing else.
 * @param {Element} parent
 * @param {...Child} children
 */
export function fill(parent, ...children) {
  parent.replaceChildren(...children.flatMap((child) => (child ? [child] : [])));
}

/**
 * Makes the children those of these items, and touches none that is the same as before.
 * @template T
 * @param {Element} parent
 * @param {T[]} items
 * @param {(item: T) => string} keyOf
 * @param {(item: T) => string} stampOf what says whether it looks the same
 * @param {(item: T) => HTMLElement} make
 */
export function reconcile(parent, items, keyOf, stampOf, make) {
  const known = new Map(
    [...parent.children].map((child) => [
      /** @type {HTMLElement} */ (child).dataset.key,
      /** @type {HTMLElement} */ (child),
    ]),
  );
  let place = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    const stamp = stampOf(item);
    let element = known.get(key);
    known.delete(key);
    const old = element && STAMPS.get(element) !== stamp ? element : undefined;
    if (!element || old) {
      element = make(item);
      element.dataset.key = key;
      STAMPS.set(element, stamp);
    }
    if (old) {
      const hadFocus = old.contains(document.activeElement);
      if (place === old) place = element;
      old.replaceWith(element);
      if (hadFocus) element.focus();
    }
    if (element === place) place = place.nextElementSibling;
    else parent.insertBefore(element, place);
  }
  known.forEach((element) => element.remove());
}

/** @type {WeakMap<Element, string>} */
const STAMPS = new WeakMap();

const SVG = "http://www.w3.org/2000/svg";
/** Lines on a field of 24 by 24. @type {Record<string, string>} */
const ICONS = {
  back: "M15 18l-6-6 6-6",
  bellOff:
    "M6.3 6.3A6 6 0 0 0 6 8c0 7-3 9-3 9h14m.3-5A19 19 0 0 1 18 8a6 6 0 0 0-9-5.2M10.3 21a2 2 0 0 0 3.4 0M3 3l18 18",
  crown: "M3 7l4 5 5-8 5 8 4-5-2 12H5z",
  close: "M18 6L6 18M6 6l12 12",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  down: "M6 9l6 6 6-6",
  clip: "M21 11l-9 9a6 6 0 0 1-8-8l9-9a4 4 0 0 1 6 6l-9 9a2 2 0 0 1-3-3l8-8",
  edit: "M12 20h9M16.5 3.5a2.1 2.1 0 0 1 3 3L7 19l-4 1 1-4z",
  eye: "M1 12s4-7 11-7 11 7 11 7-4 7-11 7S1 12 1 12zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
  file: "M14 2H6v20h12V6zM14 2v4h4",
  hash: "M4 9h16M4 15h16M10 3L8 21M16 3l-2 18",
  leave: "M9 21H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2h4M16 17l5-5-5-5M21 12H9",
  more: "M12 11.5v1M19 11.5v1M5 11.5v1M12 12h.5M19 12h.5M5 12h.5",
  people:
    "M17 21v-2a4 4 0 0 0-4-4H5a4 4 0 0 0-4 4v2M9 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM23 21v-2a4 4 0 0 0-3-3.9M16 3.1a4 4 0 0 1 0 7.8",
  plus: "M12 5v14M5 12h14",
  reply: "M9 17l-5-5 5-5M4 12h11a5 5 0 0 1 5 5v2",
  search: "M11 3a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM21 21l-4.3-4.3",
  send: "M22 2L11 13M22 2l-7 20-4-9-9-4z",
  settings: "M4 21v-7M4 10V3M12 21v-9M12 8V3M20 21v-5M20 12V3M1 14h6M9 8h6M17 16h6",
  smile: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zM8 14s1.5 2 4 2 4-2 4-2M9 9h.01M15 9h.01",
  trash: "M3 6h18M8 6V4h8v2M19 6l-1 14H6L5 6M10 11v5M14 11v5",
  voice: "M11 5L6 9H2v6h4l5 4zM15.5 8.5a5 5 0 0 1 0 7M19 5a10 10 0 0 1 0 14",
  warning: "M12 3L1.5 21h21zM12 10v5M12 18h.01",
};

/**
 * A picture that says nothing to who does not see it.
 * @param {string} name
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name] ?? "");
  svg.append(path);
  return svg;
}

/**
 * A button that is a picture.
 * @param {string} name
 * @param {string} label what it does
 * @param {(event: MouseEvent) => void} click
 * @param {Record<string, unknown>} [props]
 */
export function iconButton(name, label, click, props = {}) {
  return h(
    "button",
    { type: "button", class: "icon-button", "aria-label": label, title: label, click, ...props },
    icon(name),
  );
}
