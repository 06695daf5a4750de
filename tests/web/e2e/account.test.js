/** One's own account in Chromium: staying signed in, the devices, the password, who gets in at all. */

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { PASSWORD } from "./server.js";
import { NARROW, accessible, check, picture, serve } from "./stage.js";

const { server, visit } = serve(
  ["--flood-per-second=0"],
  ["alice", "bob", "carol", "dora", "erin", "frank", "gail"],
);
/** @typedef {import("./browser.js").Browser} Browser */

/** @param {Browser} browser */
function way(browser) {
  return browser.page.getByRole("heading", { name: "Sign in to chat" });
}

/** @param {Browser} browser */
async function cookies(browser) {
  return (await browser.context?.cookies())?.filter(({ name }) => name === "__Host-chat-session") ?? [];
}

/** @param {Browser} browser @param {string} button */
async function settings(browser, button) {
  await browser.page.getByRole("button", { name: "Settings" }).click();
  await browser.page.getByRole("button", { name: button, exact: true }).click();
}

check("who stays signed in comes back without a word, and the page knows no secret", async () => {
  const alice = await visit("alice");
  const { page } = alice;
  await page.getByRole("textbox", { name: "Message #lobby" }).waitFor();
  const [cookie, ...others] = await cookies(alice);
  assert.equal(others.length, 0);
  assert.deepEqual(
    [cookie.httpOnly, cookie.secure, cookie.sameSite, cookie.path, cookie.domain],
    [true, true, "Strict", "/", "localhost"],
  );
  assert.ok(cookie.expires > Date.now() / 1000 + 100 * 24 * 3600, String(cookie.expires));
  await page.reload();
  await page.getByRole("textbox", { name: "Message #lobby" }).waitFor();
  await alice.say("still here");
  await alice.said("still here").waitFor();
  const seen = await page.evaluate(async () => {
    const told = await (await fetch("/session")).text();
    return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, told]);
  });
  assert.ok(!seen.includes("cst_") && !seen.includes(PASSWORD), seen);
  assert.equal(server.chatctl(["token", "list", "alice"]).trim().split("\n").length, 2, "one token");

  await settings(alice, "Sign out");
  await way(alice).waitFor();
  assert.deepEqual(await cookies(alice), []);
  assert.equal(server.chatctl(["token", "list", "alice"]).trim().split("\n").length, 1, "and none any more");
  await page.reload();
  await way(alice).waitFor();
});

check("who does not want to stay signs in again", async () => {
  const alice = await visit(null);
  await alice.page.getByLabel("Stay signed in on this device").uncheck();
  await alice.signIn("alice");
  await alice.page.getByRole("textbox", { name: "Message #lobby" }).waitFor();
  assert.deepEqual(await cookies(alice), []);
  await alice.page.reload();
  await way(alice).waitFor();
  assert.equal(await alice.page.getByLabel("Name").inputValue(), "alice");
});

check("a browser that keeps no cookies comes in all the same, and leaves no token behind", async () => {
  const erin = await visit(null);
  await erin.page.route("**/session", (route) =>
    route.request().method() === "POST" ? route.fulfill({ status: 204 }) : route.continue(),
  );
  await erin.signIn("erin");
  await erin.page.getByRole("textbox", { name: "Message #lobby" }).waitFor();
  await settings(erin, "Devices and programs");
  await erin.page.getByText("Nothing gets in without your password.").waitFor();
});

check("a device that is signed out on another one is out within a moment", async () => {
  const [laptop, phone] = [await visit("bob"), await visit("bob", { ...NARROW, colorScheme: "dark" })];
  const again = await laptop.context?.newPage();
  await again?.goto(server.url);
  await again?.locator("chat-main").waitFor();
  await laptop.say("something private");
  await laptop.said("something private").waitFor();
  server.chatctl(["token", "add", "bob", "--label", "the bot"]);
  await settings(phone, "Devices and programs");
  const rows = phone.page.locator(".devices li");
  await rows.filter({ hasText: "the bot" }).filter({ hasText: "not used yet" }).waitFor();
  assert.match(await rows.first().innerText(), /^Chromium on Linux/);
  await rows.first().getByText("this one").waitFor();
  assert.equal(await rows.count(), 3);
  await picture(phone, "devices-narrow-dark");
  await accessible(phone);
  await rows.filter({ hasText: "Online" }).getByRole("button").click();
  await phone.page.getByText("It is disconnected at once").waitFor();
  await accessible(phone);
  await phone.page.getByRole("button", { name: "Sign out", exact: true }).last().click();
  await laptop.page
    .getByText("You were signed out on this device. Sign in again.")
    .waitFor({ timeout: 5_000 });
  await again?.getByText("You were signed out on this device.").waitFor({ timeout: 5_000 });
  assert.equal(await laptop.page.getByText("something private").count(), 0);
  await laptop.page.bringToFront();
  await picture(laptop, "signed-out-elsewhere");
  await rows.filter({ hasText: "Online" }).waitFor({ state: "detached" });
  assert.equal(await rows.count(), 2);
  await phone.page.getByRole("button", { name: "Sign out all others" }).click();
  await phone.page.getByRole("button", { name: "Sign out", exact: true }).last().click();
  await rows.filter({ hasText: "the bot" }).waitFor({ state: "detached" });
  await laptop.page.reload();
  await way(laptop).waitFor();
  await phone.page.reload();
  await phone.page.locator("chat-main").waitFor();
});

check("a password is changed by whoever knows the old one, and the others are out", async () => {
  const [laptop, phone] = [await visit("carol"), await visit("carol")];
  const { page } = laptop;
  await settings(laptop, "Change password");
  const [before, now, again] = ["Present password", "New password", "Password once more"].map((label) =>
    page.getByLabel(label),
  );
  await accessible(laptop);
  await before.fill("not this one");
  await now.fill("a much better one");
  await again.fill("a much worse one");
  await page.keyboard.press("Enter");
  await page.getByText("The two passwords differ.").waitFor();
  await again.fill("a much better one");
  await page.keyboard.press("Enter");
  await page.getByText("This is not your present password.").waitFor();
  await picture(laptop, "password-light");
  await before.fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByText("Your password is changed.").waitFor();
  await phone.page.getByText("You were signed out on this device.").waitFor();
  await page.reload();
  await page.locator("chat-main").waitFor();
  await phone.page.getByLabel("Password", { exact: true }).fill("a much better one");
  await phone.page.keyboard.press("Enter");
  await phone.page.locator("chat-main").waitFor();
});

check("who came in by the password comes back by the new one", async () => {
  const frank = await visit(null);
  const { page } = frank;
  await page.getByLabel("Stay signed in on this device").uncheck();
  await frank.signIn("frank");
  await settings(frank, "Change password");
  await page.getByLabel("Present password").fill(PASSWORD);
  for (const label of ["New password", "Password once more"])
    await page.getByLabel(label).fill("ein längeres");
  await page.keyboard.press("Enter");
  await page.getByText("Your password is changed.").waitFor();
  await server.stop("SIGKILL");
  await page.getByText("No connection.").waitFor();
  await server.start();
  await frank.say("back again");
  await frank.said("back again").waitFor();
});

check("the way in offers what the server grants", async () => {
  const nobody = await visit(null);
  await nobody.page.getByRole("button", { name: "I have an invitation" }).waitFor();
  assert.equal(await nobody.page.getByRole("button", { name: "Continue as a guest" }).count(), 0);
  await nobody.page.getByText("ChatSecure").waitFor();
  await picture(nobody, "way-in");
});

check("a page of another site can neither use nor end what the browser keeps", async () => {
  const dora = await visit("dora");
  await dora.page.getByRole("textbox", { name: "Message #lobby" }).waitFor();
  // A page without an address is of no site.
  const other = await dora.context?.newPage();
  const done = await other?.evaluate(async (url) => {
    const ask = (/** @type {RequestInit} */ how) =>
      fetch(`${url}session`, { credentials: "include", ...how }).then(
        ({ type, status }) => `${type} ${status}`,
        () => "not sent, or not shown",
      );
    return [
      await ask({ method: "DELETE" }),
      await ask({ method: "POST", mode: "no-cors", body: "{}" }),
      await ask({ method: "GET" }),
    ];
  }, server.url);
  assert.deepEqual(done, Array(3).fill("not sent, or not shown"));
  await other?.close();
  assert.equal((await cookies(dora)).length, 1);
  await dora.page.reload();
  await dora.page.locator("chat-main").waitFor();
});

check("all of it is done by keys, and in German", async () => {
  const erin = await visit("erin", { locale: "de-DE", colorScheme: "dark" });
  const { page } = erin;
  const focus = () => page.evaluate(() => document.activeElement?.textContent);
  await page.getByRole("button", { name: "Einstellungen" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Geräte und Programme" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("Chromium auf Linux").waitFor();
  await picture(erin, "devices-dark-de");
  await accessible(erin);
  await page.keyboard.press("Tab");
  assert.equal(await focus(), "Abmelden");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Zum Chat anmelden" }).waitFor();
  assert.equal(await page.locator("dialog").count(), 0);
});

/**
 * The code of an app so many steps from now. Source: RFC 6238.
 * @param {string} secret in base 32
 * @param {number} later
 */
function codeOf(secret, later) {
  const bits = [...secret].map((c) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0"),
  );
  const bytes =
    bits
      .join("")
      .match(/.{8}/g)
      ?.map((byte) => parseInt(byte, 2)) ?? [];
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + later));
  const hash = createHmac("sha1", Buffer.from(bytes)).update(counter).digest();
  const number = hash.readUInt32BE(hash[19] & 15) & 0x7fff_ffff;
  return String(number % 1_000_000).padStart(6, "0");
}

check("a second factor is added, asked for on the way in, and removed", async () => {
  const gail = await visit("gail");
  const { page } = gail;
  await settings(gail, "Second factor");
  await page.locator("#factor-password").fill(PASSWORD);
  await page.getByRole("button", { name: "Next" }).click();
  const secret = ((await page.locator("#factor-secret").textContent()) ?? "").replaceAll(" ", "");
  await page.locator("#factor-code").fill("000000");
  await page.getByRole("button", { name: "Switch on" }).click();
  await page.getByText("This code is wrong").waitFor();
  await page.locator("#factor-code").fill(codeOf(secret, 0));
  await page.getByRole("button", { name: "Switch on" }).click();
  const recovery = ((await page.locator("#factor-recovery").textContent()) ?? "").split("\n");
  assert.equal(recovery.length, 10);
  await accessible(gail);
  await picture(gail, "second-factor");
  await page.locator("dialog").getByRole("button", { name: "Close" }).last().click();

  await settings(gail, "Sign out");
  await way(gail).waitFor();
  await page.getByLabel("Name").fill("gail");
  await page.locator("#in-password").fill(PASSWORD);
  await page.locator("button[type=submit]").click();
  await page.getByText("Your account has a second factor").waitFor();
  await page.locator("#in-factor").fill(codeOf(secret, 1));
  await page.locator("button[type=submit]").click();
  await page.locator("chat-main").waitFor();

  await settings(gail, "Second factor");
  await page.locator("#factor-password").fill(PASSWORD);
  await page.locator("#factor-code").fill(recovery[0]);
  await page.getByRole("button", { name: "Remove" }).click();
  await page.getByText("Signing in takes no code any more.").waitFor();
});
