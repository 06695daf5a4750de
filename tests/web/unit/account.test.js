/** Signing in to stay: the token before the welcome, and coming back by it; what devices are called. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addSecondFactor,
  base64,
  confirmSecondFactor,
  hasSecondFactor,
  listTokens,
} from "../../../web/irc/account.js";
import { parse } from "../../../web/irc/message.js";
import { Registration } from "../../../web/irc/registration.js";
import { maskOf } from "../../../web/irc/moderation.js";
import { deviceName } from "../../../web/session.js";

/** @param {Registration} registration @param {...string} lines */
function hears(registration, ...lines) {
  /** @type {import("../../../web/irc/registration.js").Step} */
  let step = { lines: registration.begin() };
  for (const line of lines) {
    const message = parse(line);
    assert.ok(message);
    step = registration.step(message);
  }
  return step;
}

const SIGNED_IN = ["CAP * LS :sasl=PLAIN", "CAP * ACK :sasl", "AUTHENTICATE +", ":s 903 a :ok"];
const IN = ["NICK alice", "USER alice 0 * alice", "CAP END"];

/** @param {string} [stay] */
function alice(stay) {
  return new Registration({ kind: "account", name: "alice", secret: "pw", stay });
}

test("who stays has a token before the welcome", () => {
  assert.deepEqual(hears(alice("Firefox on Linux"), ...SIGNED_IN).lines, ["TOKEN NEW :Firefox on Linux"]);
  const made = [...SIGNED_IN, ":s TOKEN NEW 7 cst_secret :Keep it"];
  assert.deepEqual(hears(alice("x"), ...made), { lines: [], token: "cst_secret" });
  const kept = alice("x");
  hears(kept, ...made);
  assert.deepEqual(kept.giveUp(), ["TOKEN REVOKE 7", ...IN]);
});

test("who does not stay, or can't, comes in by the password", () => {
  assert.deepEqual(hears(alice(), ...SIGNED_IN).lines, IN);
  const full = [...SIGNED_IN, ":s FAIL TOKEN LIMIT_REACHED :You have 100 tokens"];
  assert.deepEqual(hears(alice("x"), ...full).lines, IN);
});

test("the browser's token signs in, and if it does not one is told in plain words", () => {
  const kept = () => new Registration({ kind: "kept", name: "alice" });
  const offer = ["CAP * LS :sasl=PLAIN,EXTERNAL", "CAP * ACK :sasl"];
  assert.deepEqual(hears(kept(), ...offer).lines, ["AUTHENTICATE EXTERNAL"]);
  assert.deepEqual(hears(kept(), ...offer, "AUTHENTICATE +").lines, ["AUTHENTICATE +"]);
  assert.deepEqual(hears(kept(), ...offer, "AUTHENTICATE +", ":s 903 a :ok").lines, IN);
  assert.equal(hears(kept(), ...offer, "AUTHENTICATE +", ":s 904 a :no").failed?.code, "KEPT");
  assert.equal(hears(kept(), "CAP * LS :sasl=PLAIN", "CAP * ACK :sasl").failed?.code, "KEPT");
});

/** @param {...string} lines a client that is answered so */
function answered(...lines) {
  const items = lines.map((line) => ({ message: parse(line) }));
  return /** @type {any} */ ({ request: async () => ({ ok: true, items }) });
}

test("tokens are read, with what is not known yet", async () => {
  const at = "2026-01-01T12:00:00.000Z";
  const tokens = await listTokens(
    answered(
      `:s TOKEN LIST 1 ${at} * * :the bot`,
      `:s TOKEN LIST 2 ${at} ${at} this :Firefox on Linux`,
      ":s TOKEN END :These are your tokens",
    ),
  );
  const created = Date.parse(at);
  assert.deepEqual(tokens, [
    { id: "1", label: "the bot", created, used: null, place: "*" },
    { id: "2", label: "Firefox on Linux", created, used: created, place: "this" },
  ]);
  assert.equal(base64("pä ß"), Buffer.from("pä ß").toString("base64"));
});

test("a ban names the account, or where a guest comes from", async () => {
  assert.equal(await maskOf(answered(":s 354 me host bob bob :"), "bob"), "a:bob");
  assert.equal(await maskOf(answered(":s 354 me x.guests gina 0"), "gina"), "*!*@x.guests");
  assert.equal(await maskOf(answered(), "gone"), "gone!*@*");
});

test("a device is called by its browser and its system", () => {
  const linux = "Mozilla/5.0 (X11; Linux x86_64)";
  const chrome = `${linux} AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36`;
  for (const [agent, brands, name] of /** @type {[string, string[], string][]} */ ([
    [`${linux} Gecko/20100101 Firefox/140.0`, [], "Firefox on Linux"],
    [chrome, [], "Chrome on Linux"],
    [chrome, ["Chromium", "Not=A?Brand"], "Chromium on Linux"],
    [chrome, ["Google Chrome", "Chromium", "Not=A?Brand"], "Chrome on Linux"],
    [chrome, ["Chromium", "Brave", "Not=A?Brand"], "Brave on Linux"],
    [`${chrome} Edg/140.0`, ["Microsoft Edge", "Chromium"], "Edge on Linux"],
    ["Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", [], "Safari on iOS"],
    ["curl", [], "Browser"],
  ]))
    assert.equal(deviceName(agent, brands), name);
});

test("a second factor is begun, confirmed with recovery codes, and asked for in words of its own", async () => {
  /** @param {string[]} lines */
  const client = (...lines) => {
    const items = lines.map((line) => ({ message: parse(line) }));
    return /** @type {any} */ ({
      request: async () => ({ ok: true, items, code: "", text: "", isEnd: false }),
    });
  };
  assert.equal(await hasSecondFactor(client("TOTP ON 10 :It is on")), true);
  assert.equal(await hasSecondFactor(client("TOTP OFF :It is off")), false);
  const made = await addSecondFactor(client("TOTP SECRET GEZD otpauth://totp/x :Give it"), "pw");
  assert.deepEqual([made.secret, made.uri], ["GEZD", "otpauth://totp/x"]);
  const lines = ["TOTP RECOVERY k3x9p-0v7wz :Once", "TOTP RECOVERY aaaaa-bbbbb :Once", "TOTP ON 2 :On"];
  const { codes } = await confirmSecondFactor(client(...lines), "123456");
  assert.deepEqual(codes, ["k3x9p-0v7wz", "aaaaa-bbbbb"]);
  const refused = hears(alice(), ...SIGNED_IN.slice(0, 3), "FAIL AUTHENTICATE CODE_REQUIRED :more");
  assert.deepEqual(refused.failed, { code: "CODE_REQUIRED", text: "more" });
});
