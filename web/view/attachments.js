/** Files that go along with what is written: chosen, on their way, there. */

import { Sending } from "../files.js";
import { t } from "../texts/index.js";
import { fill, h, icon, iconButton } from "./dom.js";

/** More at once are a mistake, and more than one may send. */
const FILES_MAX = 10;

export class Attachments {
  element = h("ul", { class: "attached", hidden: true });
  /** @type {Sending[]} */
  all = [];

  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed;
  }

  /** Whether nothing has to be waited for, or taken out first. */
  get isReady() {
    return this.all.every(({ url }) => url);
  }

  /** @param {Sending[]} all */
  adopt(all) {
    this.all = all;
    all.forEach((one) => this.#follow(one));
    this.#draw();
  }

  /** @param {Iterable<File>} files */
  add(files) {
    const added = [...files].slice(0, FILES_MAX - this.all.length).map((file) => new Sending(file));
    this.adopt([...this.all, ...added]);
  }

  /** @param {Sending} one */
  #follow(one) {
    one.changed = () => {
      const row = this.element.children[this.all.indexOf(one)];
      const progress = row?.querySelector("progress");
      if (progress && !one.url && one.failed === null) progress.value = one.part;
      else this.#draw();
    };
  }

  /** @param {Sending} one */
  #remove(one) {
    one.cancel();
    this.adopt(this.all.filter((other) => other !== one));
  }

  #draw() {
    const rows = this.all.map((one) => {
      const stage = one.url
        ? h("span", { class: "file-size", role: "status" }, t.fileReady)
        : one.failed === null
          ? h("progress", { max: 1, value: one.part, "aria-label": t.sendingFile(one.name) })
          : h("span", { class: "failed", role: "alert" }, why(one.failed));
      const remove = iconButton("close", t.removeFile(one.name), () => this.#remove(one));
      return h(
        "li",
        {},
        icon("file"),
        h("span", { class: "file-name", dir: "auto" }, one.name),
        stage,
        remove,
      );
    });
    this.element.hidden = !rows.length;
    fill(this.element, ...rows);
    this.changed();
  }
}

/** @param {number} status */
function why(status) {
  const words = { 413: t.fileTooLarge, 429: t.fileTooMany, 503: t.fileTooMany, 507: t.fileNoRoom };
  return words[/** @type {413} */ (status)] ?? t.fileFailed;
}
