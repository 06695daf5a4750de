/** The page as a program of the device: notifications, sound, installing, and no server. */

import assert from "node:assert/strict";
import { check, picture, serve } from "./stage.js";

const { server, visit } = serve(["--flood-per-second=0"], ["alice", "bob"]);
/** @typedef {import("./browser.js").Browser} Browser */

/** Keeps what the page would show and play, for nobody sees either without a screen. @param {Browser} browser */
async function listen(browser) {
  await browser.page.addInitScript(() => {
    const seen = { shown: /** @type {string[]} */ ([]), played: 0 };
    Object.assign(window, { seen });
    class Shown {
      static permission = "granted";
      static requestPermission = async () => "granted";
      /** @param {string} title @param {{ body: string }} options */
      constructor(title, { body }) {
        seen.shown.push(`${title}: ${body}`);
      }
      close() {}
    }
    Object.assign(window, { Notification: Shown });
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (/** @type {number | undefined} */ when) {
      seen.played += 1;
      start.call(this, when);
    };
  });
  await browser.page.reload();
}

/** @param {Browser} browser @returns {Promise<{ shown: string[], played: number }>} */
function seen(browser) {
  return browser.page.evaluate(() => /** @type {any} */ (window).seen);
}

/** @param {Browser} browser @param {string} label */
async function tick(browser, label) {
  await browser.page.getByRole("button", { name: "Settings" }).click();
  await browser.page.getByLabel(label).check();
  await browser.page.keyboard.press("Escape");
}

check("who looks elsewhere is told of what is for them, and of nothing else", async () => {
  const alice = await visit(null);
  await listen(alice);
  await alice.signIn("alice");
  await alice.page.getByRole("textbox", { name: "Message #lobby" }).waitFor();
  const bob = await visit("bob");
  await bob.say("/msg alice before it is switched on");
  await alice.page.locator('chat-list a[data-name="bob"]').waitFor();
  assert.deepEqual(await seen(alice), { shown: [], played: 0 });
  await tick(alice, "Notify me of direct messages and mentions");
  await tick(alice, "Play a sound");

  await bob.go("#lobby");
  await bob.say("alice: this is on your screen");
  await alice.said("on your screen").waitFor();
  await bob.say("/msg alice <b>psst</b>");
  await alice.page.waitForFunction(() => /** @type {any} */ (window).seen.played === 1);
  assert.deepEqual((await seen(alice)).shown, ["bob: <b>psst</b>"]);

  await alice.go("bob");
  await bob.go("#lobby");
  await bob.say("nothing for anybody");
  await bob.say("what does Alice think?");
  await alice.page.waitForFunction(() => /** @type {any} */ (window).seen.played === 2);
  assert.deepEqual((await seen(alice)).shown.slice(1), ["bob · #lobby: what does Alice think?"]);

  await alice.go("#lobby");
  await alice.page.locator("chat-talk header").getByRole("button", { name: "More" }).click();
  await alice.page.getByRole("button", { name: "Mute" }).click();
  await alice.go("bob");
  await bob.say("alice: a muted room");
  await bob.say("/msg alice the end");
  await alice.said("the end").waitFor();
  assert.equal((await seen(alice)).shown.length, 2, "a muted room says nothing, nor what is on the screen");
});

check("the page can be installed, and keeps its own files and no message", async () => {
  const alice = await visit("alice");
  const { page, context } = alice;
  await page.evaluate(() => navigator.serviceWorker.ready);
  const session = await /** @type {import("playwright-core").BrowserContext} */ (context).newCDPSession(page);
  const { installabilityErrors } = await session.send("Page.getInstallabilityErrors");
  assert.deepEqual(installabilityErrors, []);
  await alice.say("a word that is kept nowhere");
  await alice.said("a word that is kept nowhere").waitFor();
  await page.reload();
  await alice.said("a word that is kept nowhere").waitFor();
  const kept = await page.evaluate(async () => {
    const found = [];
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        const answer = await cache.match(request);
        found.push([new URL(request.url).pathname, await answer?.text()]);
      }
    }
    return found;
  });
  assert.ok(kept.length > 20, "its own files are there");
  for (const [path, text] of kept) {
    assert.ok(path === "/" || path?.startsWith("/assets/"), path);
    assert.ok(!text?.includes("kept nowhere") && !text?.includes("cst_"), path);
  }

  await server.stop("SIGKILL");
  await page.reload();
  await page.locator("chat-root").waitFor();
  await picture(alice, "no-server");
  await server.start();
  await alice.said("a word that is kept nowhere").waitFor({ timeout: 60_000 });
});
