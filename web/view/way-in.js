/** The way in: sign in, sign up with an invitation, or look in as a guest. */

import { thisDevice } from "../session.js";
import { t } from "../texts/index.js";
import { field, fill, h, iconButton } from "./dom.js";
import { Part, context } from "./part.js";
/** @typedef {import("../state/reducer.js").State} State */
/** @typedef {"account" | "newcomer" | "guest"} Kind */

const NAME = /^[A-Za-z[\]\\`_^{|}][A-Za-z0-9[\]\\`_^{|}-]{0,31}$/;

export class WayIn extends Part {
  /** @type {Kind} */
  #kind = "account";
  /** What of the state the form was drawn for. */
  #drawn = "";
  #invitation = new URLSearchParams(location.hash.slice(1)).get("invite") ?? "";
  #fault = h("p", { class: "fault", role: "alert" });
  #name = h("input", {
    name: "username",
    id: "in-name",
    autocomplete: "username",
    autocapitalize: "none",
    spellcheck: "false",
    maxlength: 32,
  });
  #password = h("input", {
    type: "password",
    name: "password",
    id: "in-password",
    autocomplete: "current-password",
  });
  #again = h("input", { type: "password", id: "in-again", autocomplete: "new-password" });
  /** Of the second factor; asked for when the password was right. */
  #factor = h("input", {
    id: "in-factor",
    autocomplete: "one-time-code",
    autocapitalize: "none",
    spellcheck: "false",
    maxlength: 11,
  });
  #asksFactor = false;
  #stay = h("input", { type: "checkbox", id: "in-stay", checked: true });
  #code = h("input", { id: "in-code", autocomplete: "off", autocapitalize: "none", spellcheck: "false" });
  #submit = h("button", { type: "submit", class: "button primary wide" });

  build() {
    this.#kind = this.#invitation ? "newcomer" : "account";
    this.#name.value = this.state.settings.name;
    this.#code.value = this.#invitation;
    this.#drawn = "";
  }

  /** @param {State} state */
  shown(state) {
    return [state.link.phase, state.refused, state.visit, state.coming];
  }

  update() {
    const { link, refused, visit, coming } = this.state;
    if (refused?.code === "CODE_REQUIRED" || refused?.code === "INVALID_CODE") this.#asksFactor = true;
    const drawn = JSON.stringify([visit, coming, this.#asksFactor, refused?.code === "INVALID_CODE"]);
    if (drawn !== this.#drawn) this.#draw();
    this.#drawn = drawn;
    const isBusy = link.phase === "connecting" || link.phase === "waiting";
    this.#submit.disabled = isBusy;
    this.#submit.textContent = isBusy
      ? t.signingIn
      : { account: t.signIn, newcomer: t.signUp, guest: t.comeIn }[this.#kind];
    if (link.phase === "waiting") this.#fault.textContent = t.unreachable;
    else if (refused) this.#fault.textContent = wordsFor(refused);
    else if (isBusy) this.#fault.textContent = "";
  }

  /** @param {Kind} kind */
  #turn(kind) {
    this.#kind = kind;
    this.#asksFactor = false;
    this.#fault.textContent = "";
    this.#draw();
    this.update();
    this.#name.focus();
  }

  #draw() {
    const { visit, coming } = this.state;
    const logo = h("img", { src: context.actions.asset("icons/icon.svg"), alt: "", width: 56, height: 56 });
    if (coming) {
      const words = h("p", { class: "hint", role: "status" }, t.signingIn);
      return fill(
        this,
        h("main", { class: "way-in-page" }, h("div", { class: "way-in" }, logo, words, this.#fault)),
      );
    }
    const kind = this.#kind;
    this.#password.autocomplete = kind === "newcomer" ? "new-password" : "current-password";
    const isOpen = visit?.registration === "open" && !this.#code.value;
    const title = {
      account: t.signInTitle,
      newcomer: isOpen ? t.signUp : t.signUpTitle,
      guest: t.guestTitle,
    }[kind];
    const others = /** @type {[Kind, string][]} */ ([
      ["account", t.toSignIn],
      ["newcomer", isOpen ? t.signUp : t.toSignUp],
      ["guest", t.asGuest],
    ]);
    const mayBe = { account: true, newcomer: visit?.registration !== "closed", guest: visit?.guests };
    const links = others
      .filter(([other]) => other !== kind && mayBe[other])
      .map(([other, text]) =>
        h("button", { type: "button", class: "link", click: () => this.#turn(other) }, text),
      );
    const form = h(
      "form",
      { class: "way-in", novalidate: true, submit: (/** @type {Event} */ event) => this.#enter(event) },
      logo,
      h("h1", {}, title),
      visit && h("p", { class: "hint" }, visit.serverName),
      kind === "newcomer" && h("p", { class: "hint" }, t.signUpHint),
      kind === "newcomer" && !isOpen && field(t.invitation, this.#code),
      field(t.account, this.#name),
      kind !== "guest" && field(t.password, this.#password, this.#eye()),
      kind === "newcomer" && field(t.passwordAgain, this.#again),
      kind === "account" && this.#asksFactor && field(t.factorCode, this.#factor),
      kind !== "guest" && h("label", { class: "check", for: "in-stay" }, this.#stay, t.staySignedIn),
      this.#fault,
      this.#submit,
      h("p", { class: "links" }, ...links),
    );
    fill(this, h("main", { class: "way-in-page" }, form));
    this.#factor.value = "";
    const empty = [this.#code, this.#name, this.#password, this.#factor].find(
      (input) => input.isConnected && !input.value,
    );
    empty?.focus();
  }

  #eye() {
    const eye = iconButton("eye", t.showPassword, () => {
      const isShown = this.#password.type === "text";
      this.#password.type = isShown ? "password" : "text";
      eye.setAttribute("aria-pressed", String(!isShown));
    });
    eye.setAttribute("aria-pressed", "false");
    return eye;
  }

  /** @param {Event} event */
  #enter(event) {
    event.preventDefault();
    const [name, password, code] = [this.#name.value.trim(), this.#password.value, this.#factor.value.trim()];
    const kind = this.#kind;
    const secret = kind === "account" && this.#asksFactor && code ? `${password} ${code}` : password;
    const fault = !name
      ? t.needName
      : kind !== "account" && !NAME.test(name)
        ? t.badName
        : kind !== "guest" && !secret
          ? t.needPassword
          : kind === "newcomer" && secret !== this.#again.value
            ? t.passwordsDiffer
            : "";
    this.#fault.textContent = fault;
    if (fault) return;
    const stay = kind !== "guest" && this.#stay.checked ? thisDevice() : undefined;
    context.actions.signIn({ kind, name, secret, invitation: this.#code.value.trim(), stay });
  }
}

/** @param {{code: string, text: string}} refused */
function wordsFor({ code, text }) {
  const known = /** @type {Record<string, string>} */ (t.refused);
  return known[code] ?? (text || t.lost);
}
