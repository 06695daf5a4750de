/** Where one writes. What was begun stays with its conversation. */

import { fold } from "../irc/names.js";
import { t } from "../texts/index.js";
import { Attachments } from "./attachments.js";
import { fill, h, iconButton } from "./dom.js";
import { Part, context } from "./part.js";
/** @typedef {import("../state/reducer.js").State} State */
/** @typedef {import("../actions.js").About} About */

const HEIGHT_MAX = 240;
const GROWS_BY_ITSELF = CSS.supports("field-sizing", "content");

export class Composer extends Part {
  #about = h("div", { class: "about" });
  #text = h("textarea", { rows: 1, autocomplete: "off", "aria-describedby": "hints", enterkeyhint: "send" });
  #send = iconButton("send", t.send, () => this.#submit(), { class: "icon-button send" });
  #files = new Attachments(() => this.#size());
  #pick = h("input", { type: "file", multiple: true, hidden: true });
  #attach = iconButton("clip", t.attach, () => this.#pick.click());
  #events = new AbortController();
  #form = h("div");
  #outside = h("p");
  #name = "";
  /** @type {About | null} */
  #reply = null;
  /** @type {About | null} */
  #edit = null;
  /** @type {{names: string[], at: number, start: number, end: number} | null} names to complete with */
  #completing = null;

  build() {
    const { open, conversations } = this.state;
    this.#name = conversations[open]?.name ?? "";
    const label = t.messageTo(this.#name);
    this.#text.setAttribute("aria-label", label);
    this.#text.placeholder = label;
    const draft = context.actions.drafts.get(open);
    this.#text.value = draft?.text ?? "";
    this.#reply = draft?.reply ?? null;
    this.#files.adopt(draft?.files ?? []);
    this.#takeFiles();
    this.#text.addEventListener("input", () => this.#typed());
    this.#text.addEventListener("keydown", (event) => this.#key(event));
    this.addEventListener("compose", (event) => this.#compose(/** @type {CustomEvent} */ (event).detail));
    const writing = h("div", { class: "writing" }, this.#pick, this.#attach, this.#text, this.#send);
    this.#form = h(
      "div",
      {},
      this.#about,
      this.#files.element,
      writing,
      h("div", { id: "hints", class: "hints" }, t.hints),
    );
    const join = h(
      "button",
      { type: "button", class: "button", click: () => context.actions.join(this.#name) },
      t.join,
    );
    this.#outside = h("p", { class: "outside" }, t.notIn, join);
    fill(this, this.#form, this.#outside);
    this.#draw();
    if (matchMedia("(pointer: fine)").matches) this.#text.focus();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#events.abort();
    const text = this.#edit ? "" : this.#text.value;
    const draft = { text, reply: this.#reply, files: this.#files.all };
    if (text || draft.reply || draft.files.length) context.actions.drafts.set(fold(this.#name), draft);
    else context.actions.drafts.delete(fold(this.#name));
  }

  /** @param {State} state */
  shown(state) {
    return [state.conversations[state.open]?.joined, state.link, state.me];
  }

  update() {
    const it = context.actions.conversation(this.#name);
    const isOutside = !!it?.isRoom && !it.joined;
    this.#form.hidden = isOutside;
    this.#outside.hidden = !isOutside;
    this.#attach.hidden = !this.#takes;
  }

  /** Whether this server takes files of this person. */
  get #takes() {
    const { client } = context.actions;
    return client.tokens.has("draft/FILEHOST") && !!this.state.me.account;
  }

  /** By choosing, pasting and dropping. */
  #takeFiles() {
    const { signal } = this.#events;
    const talk = this.closest("chat-talk");
    const add = (/** @type {Event} */ event, /** @type {FileList | null | undefined} */ files) => {
      talk?.classList.remove("dropping");
      if (!files?.length || !this.#takes || this.#form.hidden || this.#edit) return;
      event.preventDefault();
      this.#files.add(files);
      this.#text.focus();
    };
    this.#pick.addEventListener("change", (event) => {
      add(event, this.#pick.files);
      this.#pick.value = "";
    });
    this.#text.addEventListener("paste", (event) => add(event, event.clipboardData?.files));
    talk?.setAttribute("data-drop", t.dropHere);
    const drag = (/** @type {Event} */ event) => {
      const { dataTransfer: data } = /** @type {DragEvent} */ (event);
      if (!data?.types.includes("Files")) return;
      event.preventDefault();
      if (event.type === "drop") add(event, data.files);
      else talk?.classList.toggle("dropping", event.type === "dragover" && this.#takes);
    };
    for (const type of ["dragover", "dragleave", "drop"]) talk?.addEventListener(type, drag, { signal });
  }

  /** @param {{reply?: About, edit?: About}} what */
  #compose({ reply, edit }) {
    if (edit) {
      this.#edit = edit;
      this.#reply = null;
      this.#text.value = edit.text;
    } else {
      if (this.#edit) this.#text.value = "";
      this.#edit = null;
      this.#reply = reply ?? null;
    }
    this.#draw();
    this.#text.focus();
  }

  #draw() {
    const about = this.#edit ?? this.#reply;
    this.#about.hidden = !about;
    const words = this.#edit ? t.editing : t.replyingTo(this.#reply?.from ?? "");
    fill(
      this.#about,
      h("span", { class: "about-what" }, words),
      h("span", { class: "about-text", dir: "auto" }, this.#edit ? "" : (about?.text ?? "")),
      iconButton("close", t.cancel, () => this.#cancel()),
    );
    this.#size();
  }

  #size() {
    if (!GROWS_BY_ITSELF) {
      this.#text.style.height = "auto";
      this.#text.style.height = `${Math.min(this.#text.scrollHeight, HEIGHT_MAX)}px`;
    }
    const hasFiles = !this.#edit && this.#files.all.length > 0;
    this.#send.disabled = hasFiles ? !this.#files.isReady : !this.#text.value.trim();
  }

  #typed() {
    this.#completing = null;
    this.#size();
    if (this.#edit) return;
    const text = this.#text.value;
    if (text.trim() && !text.startsWith("/")) context.actions.typing(this.#name);
    else context.actions.typingDone(this.#name);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    // Who writes Chinese or Japanese ends a word by Enter.
    if (event.isComposing) return;
    const isPlain = !event.shiftKey && !event.altKey && !event.ctrlKey && !event.metaKey;
    const isThumb = matchMedia("(pointer: coarse)").matches;
    if (event.key === "Enter" && isPlain && !isThumb) this.#submit();
    else if (event.key === "Escape" && (this.#reply || this.#edit)) this.#cancel();
    else if (event.key === "ArrowUp" && isPlain && !this.#text.value)
      document.querySelector("chat-timeline")?.dispatchEvent(new Event("attend-last"));
    else if (event.key === "Tab" && isPlain && this.#complete()) this.#size();
    else return;
    event.preventDefault();
  }

  /** Ends a name that was begun; again: the next that begins so. */
  #complete() {
    const text = this.#text.value;
    if (!this.#completing) {
      const end = this.#text.selectionStart;
      const [word = ""] = /@?[^\s@]+$/.exec(text.slice(0, end)) ?? [];
      const begun = fold(word.replace(/^@/, ""));
      const people = Object.values(context.actions.conversation(this.#name)?.members ?? {}).map(
        ({ nick }) => nick,
      );
      const names = begun
        ? people.filter((nick) => fold(nick).startsWith(begun) && nick !== this.state.me.nick).sort()
        : [];
      if (!names.length) return false;
      this.#completing = { names, at: -1, start: end - word.length, end };
    }
    const it = this.#completing;
    it.at = (it.at + 1) % it.names.length;
    const name = it.names[it.at] + (it.start === 0 ? ": " : " ");
    this.#text.value = text.slice(0, it.start) + name + text.slice(it.end);
    it.end = it.start + name.length;
    this.#text.setSelectionRange(it.end, it.end);
    return true;
  }

  #cancel() {
    if (this.#edit) this.#text.value = "";
    this.#edit = this.#reply = null;
    this.#draw();
    this.#text.focus();
  }

  #submit() {
    const text = this.#text.value.replace(/\s+$/, "");
    if (this.#send.disabled) return;
    if (this.#edit) {
      if (text !== this.#edit.text) void context.actions.edit(this.#name, this.#edit.id, text);
    } else {
      const said = [text, ...this.#files.all.map(({ url }) => url)].filter(Boolean).join("\n");
      context.actions.say(this.#name, said, this.#reply?.id);
      this.#files.adopt([]);
    }
    this.#text.value = "";
    this.#edit = this.#reply = null;
    this.#draw();
    this.#text.focus();
  }
}
