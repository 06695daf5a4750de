/** Finding what was said. */

import { plain } from "../state/text.js";
import { dateOf, t } from "../texts/index.js";
import { fill, h } from "./dom.js";
import { Part, context } from "./part.js";
import { nickname } from "./person.js";
/** @typedef {import("../state/reducer.js").State} State */

const PAUSE_MS = 350;
/** A single letter finds too much. */
const LENGTH_MIN = 2;

export class Search extends Part {
  #input = h("input", { type: "search", placeholder: t.searchHint, "aria-label": t.search });
  #everywhere = h("input", { type: "checkbox", id: "everywhere" });
  #state = h("p", { class: "hint", role: "status" });
  #found = h("ol", { class: "found-list" });
  #asked = 0;
  #timer = 0;

  build() {
    const soon = () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.#search(), PAUSE_MS);
    };
    this.#input.addEventListener("input", soon);
    this.#everywhere.addEventListener("change", soon);
    const form = h(
      "form",
      {
        role: "search",
        submit: (/** @type {Event} */ event) => (event.preventDefault(), void this.#search()),
      },
      this.#input,
    );
    fill(
      this,
      form,
      h("label", { class: "check", for: "everywhere" }, this.#everywhere, t.searchEverywhere),
      this.#state,
      this.#found,
    );
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  /** @param {State} state */
  shown(state) {
    return [state.open];
  }

  async #search() {
    clearTimeout(this.#timer);
    const text = this.#input.value.trim();
    const asked = ++this.#asked;
    if ([...text].length < LENGTH_MIN) {
      this.#state.textContent = "";
      return fill(this.#found);
    }
    this.#state.textContent = t.searching;
    const within = this.#everywhere.checked ? undefined : this.state.conversations[this.state.open]?.name;
    const { ok, found, text: fault } = await context.actions.search(text, within);
    // What is typed meanwhile has its own answer.
    if (asked !== this.#asked) return;
    this.#state.textContent = ok
      ? found.length
        ? t.results(found.length)
        : t.nothingFound
      : fault || t.lost;
    const items = found.map((one) =>
      h(
        "li",
        {},
        h(
          "button",
          { type: "button", click: () => void this.#jump(one.conversation, one.id) },
          h(
            "span",
            { class: "found-head" },
            one.from && nickname(one.from),
            !within && h("bdi", {}, one.conversation),
            h("time", {}, dateOf(one.at)),
          ),
          h("span", { class: "found-text", dir: "auto" }, ...marked(plain(one.text), text)),
        ),
      ),
    );
    fill(this.#found, ...items);
  }

  /**
   * @param {string} conversation
   * @param {string} id
   */
  async #jump(conversation, id) {
    await context.actions.jump(conversation, id);
    // On a narrow screen the search covers what was found.
    if (matchMedia("(max-width: 62rem)").matches)
      this.dispatchEvent(new CustomEvent("side", { bubbles: true, detail: "search" }));
  }
}

/**
 * The text, with the words that were looked for marked.
 * @param {string} text
 * @param {string} words
 */
function marked(text, words) {
  const all = words
    .split(/\s+/)
    .map((word) => word.replace(/["]/g, ""))
    .filter(Boolean);
  const pattern = all.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
  if (!pattern) return [text];
  return text
    .split(new RegExp(`(${pattern})`, "iu"))
    .map((part, index) => (index % 2 ? h("mark", {}, part) : part));
}
