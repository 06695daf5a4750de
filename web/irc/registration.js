/**
 * From the first line to the welcome: capabilities, sign-in or sign-up, nick and user. One for each connection.
 * A password goes into AUTHENTICATE and REGISTER only. Whoever wants to stay gets a token before coming in.
 */

import { format } from "./message.js";
/** @typedef {import("./message.js").Message} Message */

/**
 * @typedef {object} Identity
 * @property {"account" | "guest" | "newcomer" | "kept"} kind `kept`: by the token that the browser keeps
 * @property {string} name
 * @property {string} [secret] a password, with a code behind it where there is a second factor, or a token
 * @property {string} [invitation] a newcomer's code
 * @property {string} [stay] what the token is for by which one stays signed in; none if one does not
 */

/**
 * @typedef {object} Step
 * @property {string[]} lines to send
 * @property {{code: string, text: string}} [failed] it is not to be: whoever signs in has to change something
 * @property {string} [token] by which one stays signed in
 * @property {boolean} [later] it is not to be now
 */

/** What this client understands; a capability that is not named here is never asked for. */
const USED = new Set(
  `account-notify account-tag away-notify batch cap-notify chghost echo-message extended-join extended-monitor
  invite-notify labeled-response message-tags multi-prefix sasl server-time setname standard-replies
  draft/account-registration draft/channel-rename draft/chathistory draft/event-playback
  draft/message-redaction draft/multiline draft/read-marker chat-secure/message-edit soju.im/search`.split(
    /\s+/,
  ),
);

const SASL_CHUNK = 400;
const NICKS_MAX = 5;
/** @type {Step} */
const NOTHING = { lines: [] };

export class Registration {
  /** @type {Map<string, string>} what the server offers, with its values */
  offered = new Map();
  /** @type {Set<string>} */
  enabled = new Set();
  /** @type {"listing" | "requesting" | "mechanism" | "answer" | "invitation" | "register" | "token" | "finishing"} */
  #stage = "listing";
  #asked = 0;
  #tries = 0;
  #token = "";

  /** @param {Identity} identity */
  constructor(identity) {
    /** @type {Identity} */
    this.identity = identity;
    this.nick = identity.name;
  }

  /** @returns {string[]} */
  begin() {
    return [format("CAP", ["LS", "302"])];
  }

  /**
   * @param {Message} message
   * @returns {Step}
   */
  step(message) {
    const { command, params } = message;
    const last = params.at(-1) ?? "";
    switch (command) {
      case "CAP":
        return this.#capability(params);
      case "AUTHENTICATE":
        return this.#stage === "mechanism" ? this.#answer() : NOTHING;
      case "903":
        return this.#stage === "answer" ? this.#stay() : NOTHING;
      case "902":
      case "904":
      case "905":
      case "906":
      case "908":
        return fail(this.identity.kind === "kept" ? "KEPT" : "SIGN_IN", last);
      case "INVITATION":
        return this.#stage === "invitation" ? this.#register() : NOTHING;
      case "TOKEN":
        return this.#made(params);
      case "REGISTER":
        return this.#registered(params, last);
      case "FAIL":
        return this.#fail(params, last);
      case "432":
        return fail("NAME", last);
      case "433":
        return this.#another(last);
      case "464":
      case "465":
        return fail("REFUSED", last);
      default:
        return NOTHING;
    }
  }

  /** @param {string[]} params */
  #capability(params) {
    const list = (params.at(-1) ?? "").split(" ").filter(Boolean);
    if (params[1] === "LS" && this.#stage === "listing") {
      for (const item of list) {
        const [name, ...value] = item.split("=");
        this.offered.set(name, value.join("="));
      }
      return params[2] === "*" ? NOTHING : this.#request();
    }
    if (params[1] === "ACK" && this.#stage === "requesting") {
      list.forEach((name) => this.enabled.add(name));
      this.#asked -= list.length;
      return this.#asked > 0 ? NOTHING : this.#identify();
    }
    return params[1] === "NAK" && this.#stage === "requesting" ? this.#identify() : NOTHING;
  }

  #request() {
    this.#stage = "requesting";
    const wanted = [...this.offered.keys()].filter((name) => USED.has(name));
    this.#asked = wanted.length;
    return wanted.length ? say(format("CAP", ["REQ", wanted.join(" ")])) : this.#identify();
  }

  /** @returns {Step} */
  #identify() {
    const { kind, name, invitation } = this.identity;
    if (kind === "guest") return this.#finish();
    if (kind === "newcomer") {
      const lines = [format("NICK", [name])];
      if (!invitation) return { lines: [...lines, ...this.#register().lines] };
      this.#stage = "invitation";
      return { lines: [...lines, format("INVITATION", [invitation])] };
    }
    this.#stage = "mechanism";
    if (kind === "account") return say(format("AUTHENTICATE", ["PLAIN"]));
    const isThere = this.offered.get("sasl")?.split(",").includes("EXTERNAL");
    return isThere ? say(format("AUTHENTICATE", ["EXTERNAL"])) : fail("KEPT", "");
  }

  #answer() {
    this.#stage = "answer";
    if (this.identity.kind === "kept") return say(format("AUTHENTICATE", ["+"]));
    const bytes = new TextEncoder().encode(`\0${this.identity.name}\0${this.identity.secret ?? ""}`);
    const encoded = btoa(String.fromCharCode(...bytes));
    const lines = [];
    for (let at = 0; at <= encoded.length; at += SASL_CHUNK) {
      lines.push(format("AUTHENTICATE", [encoded.slice(at, at + SASL_CHUNK) || "+"]));
    }
    return { lines };
  }

  #register() {
    this.#stage = "register";
    return say(format("REGISTER", [this.identity.name, "*", this.identity.secret ?? ""]));
  }

  /**
   * @param {string[]} params
   * @param {string} last
   */
  #registered(params, last) {
    if (this.#stage !== "register") return NOTHING;
    if (params[0] !== "SUCCESS") return fail("VERIFICATION_REQUIRED", last);
    const { secret, stay } = this.identity;
    this.identity = { kind: "account", name: params[1] ?? this.nick, secret, stay };
    return this.#stay();
  }

  #stay() {
    const { kind, stay } = this.identity;
    if (kind !== "account" || !stay) return this.#finish();
    this.#stage = "token";
    return say(format("TOKEN", ["NEW", stay]));
  }

  /**
   * @param {string[]} params
   * @returns {Step}
   */
  #made([what, id = "", token = ""]) {
    if (this.#stage !== "token" || what !== "NEW") return NOTHING;
    this.#token = id;
    return { lines: [], token };
  }

  /** The token is of no use: one comes in without. */
  giveUp() {
    return [format("TOKEN", ["REVOKE", this.#token]), ...this.#finish().lines];
  }

  #finish() {
    this.#stage = "finishing";
    const user = this.nick.replace(/[^A-Za-z0-9]/g, "").slice(0, 16) || "user";
    return {
      lines: [
        format("NICK", [this.nick]),
        format("USER", [user, "0", "*", this.nick]),
        format("CAP", ["END"]),
      ],
    };
  }

  /**
   * @param {string[]} params
   * @param {string} last
   * @returns {Step}
   */
  #fail(params, last) {
    const [command, code] = params;
    // One comes in all the same.
    if (command === "TOKEN") return this.#stage === "token" ? this.#finish() : NOTHING;
    if (code === "TEMPORARILY_UNAVAILABLE" && command === "AUTHENTICATE") return { lines: [], later: true };
    // What is wrong with a password is said by 904 as well, but not by whom to ask how.
    return fail(code ?? "REFUSED", last);
  }

  /**
   * @param {string} last
   * @returns {Step}
   */
  #another(last) {
    this.#tries += 1;
    if (this.identity.kind === "newcomer" || this.#tries > NICKS_MAX) return fail("NAME_IN_USE", last);
    this.nick += "_";
    return say(format("NICK", [this.nick]));
  }
}

/** @param {string} line */
function say(line) {
  return { lines: [line] };
}

/**
 * @param {string} code
 * @param {string} text
 * @returns {Step}
 */
function fail(code, text) {
  return { lines: [], failed: { code, text } };
}
