/** The dialogs about one's own account: the devices that are signed in, the password, and the second factor. */

import {
  addSecondFactor,
  changePassword,
  confirmSecondFactor,
  hasSecondFactor,
  listTokens,
  removeSecondFactor,
  revokeToken,
} from "../irc/account.js";
import { dateOf, t } from "../texts/index.js";
import { ask, openDialog } from "./dialog.js";
import { field, fill, h } from "./dom.js";
import { context } from "./part.js";
/** @typedef {import("../irc/account.js").Token} Token */

/** All that signs in without the password, and how to end it. */
export function openDevices() {
  const { actions } = context;
  const list = h("ul", { class: "devices", "aria-label": t.devices });
  const others = h(
    "button",
    {
      type: "button",
      class: "button danger",
      hidden: true,
      click: () => ask(t.othersQuestion, t.othersHint, t.signOut, () => void revoke("*")),
    },
    t.signOutOthers,
  );
  const dialog = openDialog(t.devices, () => [
    h("p", { class: "hint" }, t.devicesHint),
    list,
    h("footer", {}, others),
  ]);
  const draw = async () => {
    const tokens = await listTokens(actions.client);
    if (!dialog.open) return;
    const isThis = (/** @type {Token} */ { place }) => place === "this";
    tokens?.sort(
      (a, b) => Number(isThis(b)) - Number(isThis(a)) || (b.used ?? b.created) - (a.used ?? a.created),
    );
    const rows = (tokens ?? []).map((token) => row(token, () => end(token)));
    const words = tokens ? !rows.length && t.noDevices : t.lost;
    fill(list, ...rows, words && h("li", { class: "hint" }, words));
    others.hidden = !tokens?.some((token) => !isThis(token));
  };
  const revoke = async (/** @type {string} */ id) => {
    await actions.done(revokeToken(actions.client, id));
    await draw();
    // What had the focus is gone.
    (list.querySelector("button") ?? dialog.querySelector("button"))?.focus();
  };
  const end = (/** @type {Token} */ { id, label, place }) =>
    place === "this"
      ? void actions.signOut()
      : ask(t.revokeQuestion(label), t.revokeHint, t.signOut, () => void revoke(id));
  fill(list, h("li", { class: "hint" }, t.loading));
  void draw();
}

/**
 * @param {Token} token
 * @param {() => void} end
 */
function row({ label, created, used, place }, end) {
  const tag = { this: t.thisOne, connected: t.online }[place];
  const about = [t.madeAt(dateOf(created)), used ? t.usedAt(dateOf(used)) : t.neverUsed].join(" · ");
  return h(
    "li",
    {},
    h(
      "div",
      { class: "choice" },
      h("span", {}, h("bdi", {}, label), tag && h("span", { class: "tag" }, tag)),
      h("span", { class: "hint" }, about),
    ),
    h(
      "button",
      { type: "button", class: "button small", "aria-label": t.signOutOf(label), click: end },
      t.signOut,
    ),
  );
}

/** Another password; the others who are signed in go, if that is wanted. */
export function openPassword() {
  const { actions } = context;
  openDialog(t.changePassword, (close) => {
    const before = secret("pw-old", "current-password", { autofocus: true });
    const now = secret("pw-new", "new-password");
    const again = secret("pw-again", "new-password");
    const others = h("input", { type: "checkbox", id: "pw-others", checked: true });
    const fault = h("p", { class: "fault", role: "alert" });
    const submit = h("button", { type: "submit", class: "button primary" }, t.save);
    const save = async (/** @type {Event} */ event) => {
      event.preventDefault();
      fault.textContent =
        !before.value || !now.value ? t.needPassword : now.value !== again.value ? t.passwordsDiffer : "";
      if (fault.textContent) return;
      submit.disabled = true;
      const { ok, code, text } = await changePassword(actions.client, before.value, now.value);
      submit.disabled = false;
      if (!ok) {
        fault.textContent =
          /** @type {Record<string, string>} */ (t.passwordRefused)[code] ?? (text || t.lost);
        return;
      }
      const isDone = !others.checked || (await actions.done(revokeToken(actions.client, "*")));
      close();
      if (isDone) actions.tell(t.passwordChanged);
    };
    return [
      h(
        "form",
        { submit: save, novalidate: true },
        // Password managers want to know whose it is.
        h("input", {
          type: "text",
          autocomplete: "username",
          value: context.store.state.me.account,
          hidden: true,
        }),
        field(t.oldPassword, before),
        field(t.newPassword, now),
        field(t.passwordAgain, again),
        h("label", { class: "check", for: others.id }, others, t.passwordOthers),
        fault,
        h("footer", {}, h("button", { type: "button", class: "button", click: close }, t.cancel), submit),
      ),
    ];
  });
}

/** The second factor: added with an app and a first code, or removed. */
export async function openSecondFactor() {
  const { actions } = context;
  const isOn = await hasSecondFactor(actions.client);
  if (isOn === null) return actions.tell(t.lost);
  openDialog(t.secondFactor, (close) => {
    const password = secret("factor-password", "current-password", { autofocus: true });
    const code = codeField();
    const first = isOn
      ? [field(t.password, password), field(t.factorCode, code)]
      : [field(t.password, password)];
    return [
      h("p", { class: "hint" }, isOn ? t.factorIsOn : t.factorHint),
      step(first, isOn ? t.factorRemove : t.factorNext, close, async (form) => {
        if (!password.value) return t.needPassword;
        if (isOn) {
          const answer = await removeSecondFactor(actions.client, password.value, code.value.trim());
          if (!answer.ok) return fault(answer);
          close();
          actions.tell(t.factorRemoved);
          return "";
        }
        const answer = await addSecondFactor(actions.client, password.value);
        if (answer.ok) form.replaceWith(confirming(answer, close));
        return answer.ok ? "" : fault(answer);
      }),
    ];
  });
}

/**
 * What the app is given, and the field for its first code.
 * @param {{secret: string, uri: string}} made
 * @param {() => void} close
 */
function confirming({ secret: letters, uri }, close) {
  const code = codeField();
  const box = h("div");
  const confirm = async () => {
    const answer = await confirmSecondFactor(context.actions.client, code.value.trim());
    if (!answer.ok) return fault(answer);
    const codes = h("pre", { id: "factor-recovery" }, answer.codes.join("\n"));
    const done = h("button", { type: "button", class: "button primary", click: close }, t.close);
    fill(box, h("p", { role: "status" }, t.factorRecovery), codes, h("footer", {}, done));
    done.focus();
    return "";
  };
  fill(
    box,
    h("p", {}, t.factorGive),
    h("pre", { id: "factor-secret" }, letters.match(/.{1,4}/g)?.join(" ") ?? ""),
    h("p", {}, h("a", { href: uri }, t.factorOpen)),
    step([field(t.factorCode, code)], t.factorConfirm, close, confirm),
  );
  return box;
}

/**
 * A form of which something comes, or words of why not.
 * @param {HTMLElement[]} fields
 * @param {string} label
 * @param {() => void} close
 * @param {(form: HTMLElement) => Promise<string>} send
 */
function step(fields, label, close, send) {
  const words = h("p", { class: "fault", role: "alert" });
  const submit = h("button", { type: "submit", class: "button primary" }, label);
  const run = async (/** @type {Event} */ event) => {
    event.preventDefault();
    submit.disabled = true;
    words.textContent = await send(form);
    submit.disabled = false;
  };
  const cancel = h("button", { type: "button", class: "button", click: close }, t.cancel);
  const form = h(
    "form",
    { submit: run, novalidate: true },
    ...fields,
    words,
    h("footer", {}, cancel, submit),
  );
  return form;
}

function codeField() {
  return h("input", { id: "factor-code", autocomplete: "one-time-code", spellcheck: "false", maxlength: 11 });
}

/** @param {{code: string, text: string}} answer */
function fault({ code, text }) {
  return /** @type {Record<string, string>} */ (t.factorRefused)[code] ?? (text || t.lost);
}

/**
 * @param {string} id
 * @param {string} autocomplete
 * @param {Record<string, unknown>} [props]
 */
function secret(id, autocomplete, props = {}) {
  return h("input", { type: "password", id, autocomplete, ...props });
}
