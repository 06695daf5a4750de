/** Files in Chromium against the real server: chosen, pasted, dropped, shown, fetched, and refused to strangers. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { NARROW, accessible, check, picture, serve } from "./stage.js";
/** @typedef {import("./browser.js").Browser} Browser */

const { visit } = serve(["--upload-mib-max=1"], ["alice", "bob", "carol"]);

/**
 * As a person's hand does it: pastes or drops a file of this name and text.
 * @param {Browser} browser
 * @param {"paste" | "drop"} type
 * @param {string} name
 * @param {string} text
 */
async function hand(browser, type, name, text) {
  const target = browser.page.locator(type === "paste" ? "chat-composer textarea" : "chat-talk");
  const data = await browser.page.evaluateHandle(
    ([name, text]) => {
      const data = new DataTransfer();
      data.items.add(new File([text], name, { type: "text/plain" }));
      return data;
    },
    [name, text],
  );
  if (type === "drop") {
    await target.dispatchEvent("dragover", { dataTransfer: data });
    await browser.page.locator("chat-talk.dropping").waitFor();
    return target.dispatchEvent("drop", { dataTransfer: data });
  }
  await target.evaluate((element, data) => {
    const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
    element.dispatchEvent(event);
  }, data);
}

/** @param {Browser} browser @param {number} count */
async function ready(browser, count) {
  await browser.page
    .locator(".attached li")
    .filter({ hasText: "ready" })
    .nth(count - 1)
    .waitFor();
}

check("files are chosen, pasted and dropped, shown and fetched; a stranger gets none", async () => {
  const [alice, bob, carol] = [await visit("alice"), await visit("bob"), await visit("carol")];
  // In private: carol is no stranger in the lobby.
  await alice.page.getByRole("button", { name: "Write to somebody" }).click();
  await alice.page.getByLabel("Name of a person").fill("bob");
  await alice.page.getByRole("button", { name: "Write a message" }).click();
  const writing = alice.page.getByRole("textbox", { name: "Message bob" });
  await writing.waitFor();

  const choosing = alice.page.waitForEvent("filechooser");
  await alice.page.getByRole("button", { name: "Attach files" }).click();
  const buffer = await alice.page.screenshot();
  await (await choosing).setFiles({ name: "screen shot.png", mimeType: "image/png", buffer });
  await hand(alice, "paste", "notes.txt", "pasted text");
  await hand(alice, "drop", "grüße.txt", "dropped text");
  await ready(alice, 3);
  await picture(alice, "files-attached");
  await accessible(alice);
  await writing.fill("three files");
  await alice.page.keyboard.press("Enter");

  await bob.go("alice");
  const message = bob.said("three files");
  const image = message.getByRole("img", { name: "Picture screen_shot.png" });
  await image.waitFor();
  const place = message.locator(".picture");
  const height = (await place.boundingBox())?.height;
  await image.evaluate((image) => /** @type {HTMLImageElement} */ (image).decode());
  assert.equal((await place.boundingBox())?.height, height, "nothing jumps");
  assert.ok(await image.evaluate((image) => /** @type {HTMLImageElement} */ (image).naturalWidth > 0));
  await message.locator(".file").filter({ hasText: "notes.txt" }).filter({ hasText: "11 byte" }).waitFor();
  const downloading = bob.page.waitForEvent("download");
  await message.locator(".file").filter({ hasText: "grüße.txt" }).click();
  const download = await downloading;
  assert.equal(download.suggestedFilename(), "grüße.txt");
  assert.equal(readFileSync(await download.path(), "utf8"), "dropped text");
  await picture(bob, "files-shown");
  await accessible(bob);
  const phone = await visit("bob", { ...NARROW, colorScheme: "dark" });
  await phone.go("alice");
  await phone.said("three files").getByRole("img").waitFor();
  await picture(phone, "files-narrow-dark");
  await accessible(phone);

  const path = await place.getAttribute("href");
  const status = async (/** @type {Browser} */ browser) =>
    browser.page.evaluate(async (path) => (await fetch(path)).status, path ?? "");
  assert.deepEqual([await status(bob), await status(alice)], [200, 200]);
  assert.equal(await status(carol), 403);
  // The browser tells of what was asked for here.
  assert.equal(carol.complaints.splice(0).length, 1);
});

check("what is too large is not sent, and what was attached can be taken out", async () => {
  const alice = await visit("alice");
  await alice.page.getByText("This is the beginning of #lobby.").waitFor();
  const large = { name: "large.bin", mimeType: "application/octet-stream", buffer: Buffer.alloc(1_100_000) };
  const small = { name: "small.bin", mimeType: "application/octet-stream", buffer: Buffer.alloc(10) };
  await alice.page.locator("chat-composer input[type=file]").setInputFiles([large, small]);
  await alice.page.getByText("This file is too large.").waitFor();
  await ready(alice, 1);
  const send = alice.page.getByRole("button", { name: "Send", exact: true });
  assert.ok(await send.isDisabled(), "something has to be taken out first");
  await alice.page.getByRole("button", { name: "Remove large.bin" }).click();
  assert.ok(await send.isEnabled());
  await alice.page.getByRole("button", { name: "Remove small.bin" }).click();
  assert.ok(await send.isDisabled());
  assert.equal(await alice.page.locator(".attached").isVisible(), false);
});
