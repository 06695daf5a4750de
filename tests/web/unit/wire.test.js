/** Lines, names, batches: the form of what is on the wire. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Batches } from "../../../web/irc/batches.js";
import { escapeValue, format, parse, unescapeValue } from "../../../web/irc/message.js";
import { byteLength, fold, mentions, split } from "../../../web/irc/names.js";
import { portions, wordsOf } from "../../../web/irc/wording.js";

test("a line is read in its parts", () => {
  const message = parse(
    "@time=2026-01-01T00:00:00.000Z;+a=b\\s\\:c;bare :nick!u@h PRIVMSG #room :hello  :there \r\n",
  );
  assert.deepEqual(
    [...(message?.tags ?? [])],
    [
      ["time", "2026-01-01T00:00:00.000Z"],
      ["+a", "b ;c"],
      ["bare", ""],
    ],
  );
  assert.equal(message?.nick, "nick");
  assert.equal(message?.command, "PRIVMSG");
  assert.deepEqual(message?.params, ["#room", "hello  :there "]);
  assert.deepEqual(parse("ping")?.params, []);
  assert.deepEqual(parse("A b  c :")?.params, ["b", "c", ""]);
  for (const nothing of ["", "@a=b", ":source", "@a :b ", "   "]) assert.equal(parse(nothing), null, nothing);
});

test("what is written is read as the same", () => {
  const values = ["", "a b", ":x", "ä;\\ \n\r", "::", "\\", "=;="];
  for (const value of values) {
    assert.equal(unescapeValue(escapeValue(value)), value);
    const line = format("TEST", ["#a", value.replace(/[\r\n]/g, "")], { "+k": value });
    const message = parse(line);
    assert.equal(message?.tags.get("+k"), value, line);
    assert.equal(message?.params[1], value.replace(/[\r\n]/g, ""), line);
  }
  assert.equal(format("A", ["b"], { x: undefined }), "A b");
});

test("no text can begin another line", () => {
  const line = format("PRIVMSG", ["#a", "hello\r\nQUIT\0"], { label: "a\r\nb" });
  assert.ok(!/[\r\n\0]/.test(line), line);
});

test("any line at all is read without a fault", () => {
  const letters = "@:;=\\ \0\r\nAab#é😀!";
  let seed = 7;
  const next = () => (seed = (seed * 1103515245 + 12345) % 2 ** 31);
  for (let count = 0; count < 3000; count += 1) {
    const line = Array.from({ length: next() % 20 }, () => [...letters][next() % [...letters].length]).join(
      "",
    );
    const message = parse(line);
    if (message) assert.ok(message.command);
  }
});

test("names have no case, and are found as words", () => {
  assert.equal(fold("#ÄBc[]"), "#Äbc[]");
  for (const [text, is] of /** @type {[string, boolean][]} */ ([
    ["alice: hi", true],
    ["hi Alice!", true],
    ["(alice)", true],
    ["malice", false],
    ["alice2", false],
    ["alice-b", false],
    ["éalice", false],
    ["", false],
  ])) {
    assert.equal(mentions(text, "alice"), is, text);
  }
  assert.equal(mentions("anything", ""), false);
});

test("a long text is split between words and never within a character", () => {
  for (const text of [
    "",
    "short",
    "😀".repeat(300),
    "word ".repeat(300),
    "x".repeat(999),
    "ä 😀".repeat(200),
  ]) {
    const pieces = split(text, 101);
    assert.equal(pieces.join(""), text);
    for (const piece of pieces) assert.ok(byteLength(piece) <= 101 && !piece.includes("\ufffd"));
  }
});

test("what is said fits into lines, and comes together again", () => {
  const limits = { bytes: 4096, lines: 32, source: "alice!alice@host" };
  const texts = [
    "hello",
    "a\n\nb",
    "x".repeat(3000),
    "ä ".repeat(900),
    "line\n".repeat(80),
    "y".repeat(9000),
  ];
  for (const text of texts) {
    const parts = portions("#room", text, false, limits);
    assert.equal(parts.join("\n").replace(/\n/g, ""), text.replace(/\n/g, ""));
    for (const part of parts) {
      const lines = wordsOf(
        {
          local: 1,
          mark: "",
          target: "#room",
          text: part,
          action: false,
          replyTo: undefined,
          at: 0,
          stage: "waiting",
        },
        limits,
      );
      const said = lines.filter(({ command }) => command === "PRIVMSG");
      assert.ok(said.length <= 32 && byteLength(part) <= 4096);
      let read = "";
      said.forEach(({ params, extra }, index) => {
        assert.ok(byteLength(`:${limits.source} ${format("PRIVMSG", params)}\r\n`) <= 512);
        read += (index === 0 || extra["draft/multiline-concat"] !== undefined ? "" : "\n") + params[1];
      });
      assert.equal(read, part);
    }
  }
  assert.deepEqual(portions("#room", "a\n\nb", false, { ...limits, bytes: 0 }), ["a", "b"]);
  assert.deepEqual(portions("#room", "waves\nhands", true, limits), ["waves hands"]);
});

test("a batch is complete with all that lies in it", () => {
  const batches = new Batches();
  const take = (/** @type {string} */ line) => batches.take(/** @type {any} */ (parse(line)));
  assert.equal(take("@label=r1 BATCH +a chathistory #room"), null);
  assert.equal(take("@batch=a PRIVMSG #room :one"), null);
  assert.equal(take("@batch=a BATCH +b draft/multiline #room"), null);
  assert.equal(take("@batch=b PRIVMSG #room :two"), null);
  assert.equal(take("BATCH -b"), null);
  assert.equal(take("PING x")?.message?.command, "PING");
  const done = take("BATCH -a");
  assert.equal(done?.batch?.opening.tags.get("label"), "r1");
  assert.deepEqual(
    done?.batch?.items.map(({ message, batch }) => message?.params[1] ?? batch?.type),
    ["one", "draft/multiline"],
  );
  assert.equal(take("BATCH -a"), null);
});
