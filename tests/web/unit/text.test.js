/** What a message looks like, and what was typed for it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { blocks, decode, encode, pieces, plain } from "../../../web/state/text.js";

test("links are found without the sentence around them", () => {
  for (const [text, link] of [
    ["see https://example.org/a.", "https://example.org/a"],
    ["(https://example.org/b_(c))", "https://example.org/b_(c)"],
    ["https://example.org/?q=1&r=2!", "https://example.org/?q=1&r=2"],
    ["HTTP://EXAMPLE.ORG", "HTTP://EXAMPLE.ORG"],
  ]) {
    assert.deepEqual(
      pieces(text)
        .filter(({ link }) => link)
        .map(({ link }) => link),
      [link],
      text,
    );
    assert.equal(
      pieces(text)
        .map(({ text }) => text)
        .join(""),
      text,
    );
  }
  for (const text of ["javascript:alert(1)", "data:text/html,x", "example.org", "xhttp:/x"]) {
    assert.ok(
      pieces(text).every(({ link }) => !link),
      text,
    );
  }
});

test("formatting is read, and control characters are not shown", () => {
  const line = pieces("a\u0002b\u001dc\u0002\u0003 4,2d\u0003e\u000f\u0007f\u0004ff0000g\u200b");
  assert.equal(line.map(({ text }) => text).join(""), "abc 4,2defg\u200b");
  assert.equal(line[1].bold, true);
  assert.equal(pieces("\u000304red\u0003 plain")[0].ink, 4);
  assert.equal(pieces("\u000304red\u0003 plain")[1].ink, undefined);
  assert.equal(plain("\u0002bold\u0002\nline"), "bold\nline");
});

test("lines of code are a block, one is a word", () => {
  assert.deepEqual(blocks("\u0011a\n\u0011 b"), [{ code: "a\n b" }]);
  assert.equal(blocks("\u0011a")[0].code, undefined);
});

test("marks that people type become formatting, others stay", () => {
  for (const [typed, wire] of [
    ["**bold**", "\u0002bold\u0002"],
    ["*it* and _it_", "\u001dit\u001d and \u001dit\u001d"],
    ["~~gone~~", "\u001egone\u001e"],
    ["`**code**`", "\u0011**code**\u0011"],
    ["snake_case_name 2*3*4", "snake_case_name 2*3*4"],
    ["* not a mark *", "* not a mark *"],
    ["\\*plain\\*", "*plain*"],
    ["https://a.org/_x_", "https://a.org/_x_"],
    ["```rust\nfn a()\n\nb\n```", "\u0011fn a()\n\u0011 \n\u0011b"],
    ["``` not closed", "``` not closed"],
    ["**", "**"],
    ["****", "****"],
  ]) {
    assert.equal(encode(typed), wire, typed);
  }
  assert.equal(encode("a\u0003b"), "ab");
});

test("what is edited is typed so that it becomes the same again", () => {
  for (const typed of [
    "plain",
    "**a** b *c*",
    "`x`",
    "2*3 snake_case",
    "\\*no\\*",
    "```\na\n  b\n\nc\n```\nafter",
    "a\nb",
  ]) {
    const wire = encode(typed);
    assert.equal(encode(decode(wire)), wire, `${typed} → ${decode(wire)}`);
  }
});

test("any text is drawn in time that grows with its length", () => {
  const start = Date.now();
  for (const part of ["*", "**a", "_a", "`", "\u0002", "https://x.org/( ", "\\", "~~ "]) {
    const text = part.repeat(4096 / part.length);
    blocks(text);
    encode(text);
  }
  assert.ok(Date.now() - start < 3000);
});
