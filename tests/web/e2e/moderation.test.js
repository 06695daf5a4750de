/** Looking after a room in Chromium: roles, removing, banning, another name. */

import assert from "node:assert/strict";
import { NARROW, accessible, check, picture, serve } from "./stage.js";

const { visit } = serve(["--flood-per-second=0", "--guests=true", "--default-room="], ["alice", "bob"]);
/** @typedef {import("./browser.js").Browser} Browser */

/** @param {Browser} browser @param {string} room */
async function join(browser, room) {
  await browser.page.getByRole("button", { name: "Join or create a room" }).click();
  await browser.page.keyboard.type(room);
  await browser.page.getByRole("button", { name: room }).first().waitFor();
  await browser.page.keyboard.press("Enter");
  await browser.page.locator("chat-talk h2").filter({ hasText: room }).waitFor();
}

/** @param {Browser} browser @param {string} who @param {string} what */
async function act(browser, who, what) {
  await person(browser, who).getByRole("button").click();
  await browser.page.getByRole("button", { name: what, exact: true }).click();
}

/** @param {Browser} browser @param {string} who */
function person(browser, who) {
  return browser.page.locator("chat-people li").filter({ has: browser.page.getByText(who, { exact: true }) });
}

check("an operator gives and takes roles, removes, bans, and lifts the ban", async () => {
  const [alice, bob] = [await visit("alice"), await visit("bob", { colorScheme: "dark" })];
  const { page } = alice;
  await join(alice, "garden");
  await join(bob, "garden");
  await page.getByRole("button", { name: /^People/ }).click();
  await bob.page.getByRole("button", { name: /^People/ }).click();
  await person(bob, "alice").getByText("operator").waitFor();
  await bob.page.getByRole("button", { name: "More", exact: true }).click();
  assert.equal(await bob.page.getByRole("button", { name: /Rename room|Bans/ }).count(), 0);
  await bob.page.keyboard.press("Escape");

  await person(alice, "bob").getByRole("button").click();
  await picture(alice, "person-menu-light");
  await accessible(alice);
  await page.getByRole("button", { name: "Give voice" }).click();
  await person(bob, "bob").locator(".tag").filter({ hasText: "you" }).waitFor();
  await person(alice, "bob").getByText("voice").waitFor();
  await bob.page.getByText("alice gave bob a voice").waitFor();
  await act(alice, "bob", "Take voice");
  await act(alice, "bob", "Make operator");
  await person(alice, "bob").getByText("operator").waitFor();
  await bob.page.getByRole("button", { name: "More", exact: true }).click();
  await bob.page.getByRole("button", { name: "Bans", exact: true }).waitFor();
  await picture(bob, "room-menu-dark");
  await bob.page.keyboard.press("Escape");
  await act(alice, "bob", "Take operator role");
  await person(alice, "bob").getByText("operator").waitFor({ state: "detached" });

  await act(alice, "bob", "Remove from room");
  await page.getByLabel("Reason, if you like").fill("too loud");
  await accessible(alice);
  await page.keyboard.press("Enter");
  await bob.page.getByText("alice removed bob (too loud)").waitFor();
  await join(bob, "garden");

  await person(alice, "bob").getByRole("button").waitFor();
  await act(alice, "bob", "Ban from room");
  await page.getByText("Ban bob from this room?").waitFor();
  await picture(alice, "ban-light");
  await page.locator("dialog").getByRole("button", { name: "Ban from room" }).click();
  await person(alice, "bob").waitFor({ state: "detached" });
  await bob.page.getByRole("button", { name: "Join or create a room" }).click();
  await bob.page.keyboard.type("garden");
  await bob.page.locator(".choices button").filter({ hasText: "garden" }).first().click();
  await bob.page.locator(".told").getByText(/\+b/).waitFor();

  await page.getByRole("button", { name: "More", exact: true }).click();
  await page.getByRole("button", { name: "Bans", exact: true }).click();
  await page.locator(".devices li").filter({ hasText: "bob" }).waitFor();
  await picture(alice, "bans-light");
  await accessible(alice);
  await page.getByRole("button", { name: "Lift the ban of a:bob" }).click();
  await page.getByText("Nobody is banned.").waitFor();
  await page.keyboard.press("Escape");
  await join(bob, "garden");
  await bob.say("back again");
  await alice.said("back again").waitFor();
});

check("a room gets another name for everybody", async () => {
  const [alice, bob] = [await visit("alice", { ...NARROW, colorScheme: "dark" }), await visit("bob")];
  await join(alice, "kitchen");
  await join(bob, "kitchen");
  await alice.page.getByRole("button", { name: /^People/ }).click();
  await person(alice, "bob").getByRole("button").click();
  await picture(alice, "person-menu-narrow-dark");
  await accessible(alice);
  await alice.page.keyboard.press("Escape");
  await alice.page.getByRole("button", { name: "Close", exact: true }).click();
  await alice.page.getByRole("button", { name: "More", exact: true }).click();
  await alice.page.getByRole("button", { name: "Rename room" }).click();
  const name = alice.page.getByLabel("Name of a room");
  assert.equal(await name.inputValue(), "kitchen");
  await name.fill("the bakery");
  await picture(alice, "rename-narrow");
  await accessible(alice);
  await alice.page.getByRole("button", { name: "Save" }).click();
  for (const who of [alice, bob]) {
    await who.page.locator("chat-talk h2").filter({ hasText: "the-bakery" }).waitFor();
  }
  await bob.say("smells good");
  await alice.said("smells good").waitFor();
});

check("a guest is banned by where they come from", async () => {
  const [alice, gina] = [await visit("alice"), await visit(null)];
  await gina.page.getByRole("button", { name: "Continue as a guest" }).click();
  await gina.page.getByLabel("Name").fill("gina");
  await gina.page.getByRole("button", { name: "Come in" }).click();
  await gina.page.locator("chat-main").waitFor();
  await gina.page.getByRole("button", { name: "Settings" }).click();
  assert.equal(await gina.page.getByText("Your account").count(), 0);
  await gina.page.keyboard.press("Escape");
  await join(alice, "porch");
  await join(gina, "porch");
  await alice.page.getByRole("button", { name: /^People/ }).click();
  await act(alice, "gina", "Ban from room");
  await alice.page.locator("dialog").getByRole("button", { name: "Ban from room" }).click();
  await person(alice, "gina").waitFor({ state: "detached" });
  await alice.page.getByRole("button", { name: "More", exact: true }).click();
  await alice.page.getByRole("button", { name: "Bans", exact: true }).click();
  await alice.page.locator(".devices li").filter({ hasText: ".guests" }).waitFor();
});
