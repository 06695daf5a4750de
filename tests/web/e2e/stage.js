/** What the tests in Chromium have in common: a server, browsers that are closed, pictures, rules for all people. */

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Browser } from "./browser.js";
import { Server } from "./server.js";

const PICTURES = fileURLToPath(new URL("../../../target/web/", import.meta.url));
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const NARROW = { viewport: { width: 360, height: 680 }, hasTouch: true, isMobile: true };

/** @type {Browser[]} */
let open = [];

/**
 * A server for the tests of one file.
 * @param {string[]} flags
 * @param {string[]} names accounts
 */
export function serve(flags, names) {
  const server = new Server(flags);
  before(async () => {
    mkdirSync(PICTURES, { recursive: true });
    await server.start();
    for (const name of names) server.addUser(name);
  });
  after(async () => {
    await server.stop();
    server.remove();
  });
  /**
   * @param {string | null} name who signs in; null for nobody
   * @param {import("playwright-core").BrowserContextOptions} [options]
   */
  const visit = async (name, options) => {
    const browser = await Browser.open(server, options);
    open.push(browser);
    if (name) await browser.signIn(name);
    return browser;
  };
  return { server, visit };
}

/**
 * A test with browsers that are closed at its end, after it was seen that no page complained.
 * @param {string} name
 * @param {() => Promise<void>} run
 */
export function check(name, run) {
  test(name, { timeout: 90_000 }, async () => {
    try {
      await run();
      for (const browser of open) assert.deepEqual(browser.complaints, []);
    } catch (error) {
      for (const [index, browser] of open.entries())
        await browser.page.screenshot({ path: `${PICTURES}failed-${index}.png` }).catch(() => {});
      throw error;
    } finally {
      for (const browser of open) await browser.close();
      open = [];
    }
  });
}

/** @param {Browser} browser @param {string} name */
export async function picture(browser, name) {
  await browser.page.screenshot({ path: `${PICTURES}${name}.png` });
}

/** What was changed is on the screen. @param {import("playwright-core").Page} page */
export async function drawn(page) {
  await page.evaluate(() => new Promise((then) => requestAnimationFrame(() => requestAnimationFrame(then))));
}

/** No serious violation of the rules for accessible pages. @param {Browser} browser */
export async function accessible(browser) {
  await browser.page.evaluate(AXE);
  const found = await browser.page.evaluate(async () => {
    const { violations } = await /** @type {any} */ (window).axe.run(document, {
      resultTypes: ["violations"],
    });
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(
        ({ id, nodes }) =>
          `${id}: ${nodes
            .map(({ html, any }) => `${html} ${any[0]?.message ?? ""}`)
            .slice(0, 3)
            .join(" | ")}`,
      );
  });
  assert.deepEqual(found, []);
}
