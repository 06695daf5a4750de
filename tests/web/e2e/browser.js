/** Debian's Chromium, which trusts the server under test and nobody else; what a page complains of is kept. */

import { accessSync } from "node:fs";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { PASSWORD } from "./server.js";

const PROGRAMS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const PATIENCE_MS = 15_000;

/** @typedef {import("playwright-core").Page} Page */

function program() {
  const found = PROGRAMS.find((path) => {
    try {
      accessSync(path);
      return true;
    } catch {
      return false;
    }
  });
  if (!found) throw new Error("there is no Chromium: apt-get install chromium");
  return found;
}

/** One person's browser, with a profile of its own. */
export class Browser {
  /** @type {string[]} errors in the console, failed scripts, and what the content security policy forbade */
  complaints = [];

  /**
   * @param {import("./server.js").Server} server
   * @param {import("playwright-core").BrowserContextOptions} [options]
   */
  static async open(server, options = {}) {
    const browser = new Browser();
    browser.server = server;
    browser.folder = mkdtempSync(join(tmpdir(), "chat-secure-profile-"));
    browser.context = await chromium.launchPersistentContext(browser.folder, {
      executablePath: program(),
      args: ["--no-sandbox", `--ignore-certificate-errors-spki-list=${server.keyHash}`],
      viewport: { width: 1280, height: 800 },
      locale: "en-GB",
      ...options,
    });
    browser.context.setDefaultTimeout(PATIENCE_MS);
    browser.page = browser.context.pages()[0] ?? (await browser.context.newPage());
    browser.#listen(browser.page);
    await browser.page.goto(server.url);
    return browser;
  }

  /** @param {Page} page */
  #listen(page) {
    page.on("pageerror", (error) => this.complaints.push(`error: ${error.stack}`));
    page.on("console", (message) => {
      // That there is no server for a while is what some tests are about, and a page that is left has not
      // fetched its icon now and then.
      const isExpected = /WebSocket connection to|ERR_CONNECTION_REFUSED|icon from the Manifest/.test(
        message.text(),
      );
      if (["error", "warning"].includes(message.type()) && !isExpected)
        this.complaints.push(`${message.type()}: ${message.text()}`);
    });
  }

  /** @param {string} name */
  async signIn(name) {
    const { page } = this;
    await page.getByLabel("Name").fill(name);
    await page.locator("#in-password").fill(PASSWORD);
    await page.locator("button[type=submit]").click();
    await page.locator("chat-main").waitFor();
  }

  /** @param {string} text */
  async say(text) {
    await this.page.getByRole("textbox", { name: /^Message / }).fill(text);
    await this.page.keyboard.press("Enter");
  }

  /**
   * Messages that are stored, not those on their way.
   * @param {string} text
   */
  said(text) {
    return this.page.locator("article:not(.outgoing)").filter({ hasText: text });
  }

  /** @param {string} name */
  async go(name) {
    await this.page.locator(`chat-list a[data-name="${name}"]`).click();
    await this.page
      .locator("chat-talk h2")
      .filter({ hasText: name.replace("#", "") })
      .waitFor();
  }

  async close() {
    await this.context?.close();
    rmSync(this.folder ?? "", { recursive: true, force: true });
  }
}
