/** The web client in Chromium against the real server: what a person does with it. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import typescript from "typescript";
import { speak } from "./crowd.js";
import { PASSWORD } from "./server.js";
import { NARROW, accessible, check, drawn, picture, serve } from "./stage.js";

/** More than the page keeps at hand. */
const MANY = 1200;

const { server, visit } = serve(
  ["--flood-per-second=0", "--guests=true", "--registration=open"],
  ["alice", "bob", "carol", "dora"],
);

check("who signs in with a wrong password is told so, and comes in with the right one", async () => {
  const alice = await visit(null);
  await accessible(alice);
  await picture(alice, "sign-in");
  await alice.page.getByLabel("Name").fill("alice");
  await alice.page.getByLabel("Password", { exact: true }).fill("wrong");
  await alice.page.keyboard.press("Enter");
  await alice.page.getByText("Name and password do not match.").waitFor();
  await alice.signIn("alice");
  await alice.page.getByText("This is the beginning of #lobby.").waitFor();
  const kept = await alice.page.evaluate(() =>
    JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
  );
  assert.ok(!kept.includes(PASSWORD) && !kept.includes("cst_"), kept);
});

check("two people talk: typing, replies, reactions, edits, deletions, reading", async () => {
  const [alice, bob] = [await visit("alice"), await visit("bob", { colorScheme: "dark" })];
  await alice.page.getByRole("textbox", { name: "Message #lobby" }).pressSequentially("Hello **everybody**");
  await bob.page.getByText("alice is typing…").waitFor();
  await alice.page.keyboard.press("Enter");
  await bob.page.locator("strong").filter({ hasText: "everybody" }).waitFor();
  await bob.page
    .getByText("alice is typing…")
    .waitFor({ state: "detached" })
    .catch(() => {});
  await bob.say("<img src=x onerror=alert(1)> <b>not bold</b> https://example.org/a_(b).");
  const link = alice.page.locator("article a");
  assert.deepEqual(
    [await link.getAttribute("href"), await link.getAttribute("rel")],
    ["https://example.org/a_(b)", "noopener noreferrer nofollow"],
  );
  assert.equal(await alice.page.locator("article img, article b").count(), 0);

  await alice.said("not bold").hover();
  await alice.page.getByRole("button", { name: "Reply" }).click();
  await alice.say("an answer");
  await bob.page.locator(".quote").filter({ hasText: "not bold" }).waitFor();
  await bob.said("an answer").hover();
  await bob.page.getByRole("button", { name: "React" }).click();
  await bob.page.getByRole("button", { name: "🎉" }).click();
  await alice.page.getByRole("button", { name: "bob: 🎉" }).click();
  await bob.page.getByRole("button", { name: "bob and alice: 🎉" }).waitFor();

  await bob.say("teh second");
  await bob.said("teh second").hover();
  await bob.page.getByRole("button", { name: "Edit" }).click();
  await bob.page.keyboard.press("Control+A");
  await bob.page.keyboard.type("the second");
  await bob.page.keyboard.press("Enter");
  await alice.said("the second (edited)").waitFor();
  await bob.say("to be deleted");
  await bob.said("to be deleted").hover();
  await bob.page.getByRole("button", { name: "Delete" }).click();
  await bob.page.locator("dialog").getByRole("button", { name: "Delete" }).click();
  await alice.page.getByText("This message was deleted.").waitFor();

  await alice.say('```\nfn main() {\n    println!("hi");\n}\n```');
  await bob.page.locator("pre").filter({ hasText: 'println!("hi");' }).waitFor();
  await bob.say("alice: /me will not do; see `README.md`");
  await bob.say("/me waves");
  await alice.page.locator(".kind-action").filter({ hasText: "waves" }).waitFor();
  await alice.page.getByRole("button", { name: /^People/ }).click();
  await alice.page.locator("chat-people").getByText("bob").waitFor();
  await picture(alice, "wide-light");
  await picture(bob, "wide-dark");
  await accessible(alice);
  await accessible(bob);
});

check("direct messages and rooms count what is new until it is read, on every device", async () => {
  const [alice, bob] = [await visit("alice"), await visit("bob")];
  const phone = await visit("alice", NARROW);
  await bob.page.getByRole("button", { name: "Write to somebody" }).click();
  await bob.page.getByLabel("Name of a person").fill("alice");
  await bob.page.keyboard.press("Enter");
  await bob.say("psst");
  await bob.say("are you there?");
  const item = (/** @type {import("./browser.js").Browser} */ who) =>
    who.page.locator('chat-list a[data-name="bob"]');
  for (const who of [alice, phone]) await item(who).locator(".badge").filter({ hasText: "2" }).waitFor();
  assert.match(await alice.page.title(), /^\(2\) /);
  await picture(phone, "narrow-list");
  await alice.go("bob");
  await item(alice).locator(".badge").waitFor({ state: "detached" });
  await item(phone).locator(".badge").waitFor({ state: "detached" });
  await alice.page.locator(".new-line").waitFor();
  await alice.say("yes");
  await bob.said("yes").waitFor();
});

check("a reload keeps the place, and shows everything once", async () => {
  const carol = await visit("carol");
  await carol.page.getByRole("button", { name: "Join or create a room" }).click();
  await carol.page.keyboard.type("garden");
  await carol.page.getByRole("button", { name: "Create #garden" }).click();
  await carol.page.getByRole("textbox", { name: "Message #garden" }).waitFor();
  await carol.say("first");
  await carol.said("first").waitFor();
  await carol.say("/topic Flowers & more");
  await carol.page.locator(".topic").filter({ hasText: "Flowers & more" }).waitFor();
  await carol.page.reload();
  await carol.page.locator("chat-talk h2").filter({ hasText: "garden" }).waitFor();
  await carol.said("first").waitFor();
  assert.equal(await carol.said("first").count(), 1);
  await carol.page.getByRole("button", { name: "More", exact: true }).click();
  await carol.page.getByRole("button", { name: "Leave room" }).click();
  await carol.page.locator("dialog").getByRole("button", { name: "Leave room" }).click();
  await carol.page.locator('a[data-name="#garden"]').waitFor({ state: "detached" });
});

check("a server that is killed in the middle loses nothing and doubles nothing", async () => {
  const [alice, bob] = [await visit("alice"), await visit("bob")];
  await alice.page.bringToFront();
  await alice.go("#lobby");
  await bob.go("#lobby");
  await alice.say("before the crash");
  await bob.said("before the crash").waitFor();
  await alice.say("in the very moment");
  await server.stop("SIGKILL");
  await alice.page.getByText("No connection. Your messages are kept here and sent later.").waitFor();
  await alice.say("while it was down");
  await alice.page.getByText("waits for the connection").first().waitFor();
  await picture(alice, "no-connection");
  await server.start();
  const retry = alice.page.getByRole("button", { name: "Try now" });
  await retry.click({ timeout: 2_000 }).catch(() => {});
  await bob.said("while it was down").waitFor();
  await alice.said("while it was down").waitFor();
  for (const who of [alice, bob]) {
    for (const text of ["before the crash", "in the very moment", "while it was down"])
      assert.equal(await who.said(text).count(), 1, text);
    assert.equal(await who.page.locator(".outgoing").count(), 0);
  }
  await bob.say("and on it goes");
  await alice.said("and on it goes").waitFor();
});

check("a long history is scrolled without a jump, and is never all on the page", async () => {
  const lines = Array.from(
    { length: MANY },
    (_, index) => `PRIVMSG #long :line ${index} ${"word ".repeat(index % 23)}`,
  );
  await speak(server, "dora", ["JOIN #long", ...lines]);
  const dora = await visit("dora");
  const { page } = dora;
  await dora.go("#long");
  await dora.said(`line ${MANY - 1} `).waitFor();
  const place = () =>
    page.evaluate(() => {
      const scroll = /** @type {Element} */ (document.querySelector(".scroll"));
      const top = scroll.getBoundingClientRect().top;
      const rows = /** @type {HTMLElement[]} */ ([...scroll.querySelectorAll("article")]);
      const row = rows.find((one) => one.getBoundingClientRect().bottom > top + 1);
      return {
        count: rows.length,
        first: Number(/line (\d+) /.exec(row?.textContent ?? "")?.[1]),
        oldest: Number(/line (\d+) /.exec(rows[0]?.textContent ?? "")?.[1]),
        offset: Math.round((row?.getBoundingClientRect().top ?? 0) - top),
      };
    });
  let last = await place();
  for (let step = 0; step < 400 && last.oldest > 0; step += 1) {
    await page.evaluate(() => /** @type {Element} */ (document.querySelector(".scroll")).scrollBy(0, -700));
    await drawn(page);
    const now = await place();
    assert.ok(now.count <= 400, `${now.count} rows`);
    // 700 pixels are at most 35 rows: more would be a jump.
    assert.ok(last.first - now.first <= 35 && now.first <= last.first, `from ${last.first} to ${now.first}`);
    last = now;
  }
  assert.equal(last.oldest, 0);
  await page.getByRole("button", { name: "To the latest messages" }).click();
  await dora.said(`line ${MANY - 1} `).waitFor();
});

check("what was said is found, and one goes there", async () => {
  const dora = await visit("dora");
  await dora.go("#long");
  await dora.page.keyboard.press("Control+F");
  // The index follows within about a second.
  const input = dora.page.getByRole("searchbox", { name: "Search" });
  await input.fill("line 17");
  const result = dora.page.locator(".found-list button").filter({ hasText: /line 17(?!\d)/ });
  await result.waitFor();
  await picture(dora, "search");
  await accessible(dora);
  await result.click();
  const found = dora.page.locator("article.found").filter({ hasText: "line 17 " });
  await found.waitFor();
  assert.equal(await found.evaluate((row) => row === document.activeElement), true);
  await dora.page.getByRole("button", { name: "To the latest messages" }).click();
  await dora.said(`line ${MANY - 1} `).waitFor();
});

check("on a narrow screen one thing is shown at a time, and nothing sticks out", async () => {
  const phone = await visit("bob", { ...NARROW, colorScheme: "dark" });
  const { page } = phone;
  const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
  await accessible(phone);
  await phone.go("#lobby");
  assert.equal(await page.locator("chat-list").isVisible(), false);
  await phone.said("everybody").waitFor();
  assert.ok(await fits());
  await picture(phone, "narrow-talk");
  await accessible(phone);
  await phone.said("an answer").tap();
  await page.getByRole("button", { name: "Reply" }).tap();
  await page.getByRole("textbox", { name: "Message #lobby" }).fill("by thumb");
  await page.getByRole("button", { name: "Send" }).tap();
  await phone.said("by thumb").waitFor();
  await page.getByRole("button", { name: /^People/ }).tap();
  await page.locator("chat-people").getByText("alice").waitFor();
  assert.ok(await fits());
  await page.getByRole("button", { name: "Close", exact: true }).tap();
  await page.getByRole("button", { name: "Back" }).tap();
  await page.locator("chat-list").waitFor();
  await page.getByRole("button", { name: "Settings" }).tap();
  await page.getByText("Appearance").waitFor();
  assert.ok(await fits());
  await picture(phone, "narrow-settings");
  await accessible(phone);
});

check("everything is done by keys alone", async () => {
  const alice = await visit(null);
  const { page } = alice;
  const focus = () =>
    page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.id);
  await page.getByLabel("Name").waitFor();
  await page.keyboard.type("alice");
  await page.keyboard.press("Tab");
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");
  await page.locator("chat-main").waitFor();
  await page.getByRole("textbox", { name: /^Message / }).waitFor();
  await page.keyboard.press("Control+K");
  await page.keyboard.type("lobby");
  await page.keyboard.press("Enter");
  await page.locator("dialog").waitFor({ state: "detached" });
  await page.locator("chat-talk h2").filter({ hasText: "lobby" }).waitFor();
  await page.keyboard.type("by keys");
  await page.keyboard.press("Enter");
  await alice.said("by keys").waitFor();
  await page.keyboard.press("ArrowUp");
  assert.match(String(await focus()), /^alice, /);
  await page.keyboard.press("Enter");
  assert.equal(await focus(), "React");
  await page.keyboard.press("Enter");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "alice: ❤️" }).waitFor();
  assert.equal(await focus(), "Message #lobby");
  await page.keyboard.type("/join #zoo");
  await page.keyboard.press("Enter");
  await page.locator("chat-talk h2").filter({ hasText: "zoo" }).waitFor();
  await page.keyboard.press("Alt+ArrowUp");
  await page.locator("chat-talk h2").filter({ hasText: "zoo" }).waitFor({ state: "detached" });
  await page.keyboard.press("Control+F");
  assert.equal(await focus(), "Search");
});

check("who is invited makes an account, and who is not looks in as a guest", async () => {
  const code = /[0-9a-z]{5}(?:-[0-9a-z]{5})+/.exec(server.chatctl(["invite"]))?.[0] ?? "";
  const erin = await visit(null);
  await erin.page.goto(`${server.url}#invite=${code}`);
  await erin.page.reload();
  await erin.page.getByRole("heading", { name: "You are invited" }).waitFor();
  assert.equal(await erin.page.getByLabel("Invitation code").inputValue(), code);
  await erin.page.getByLabel("Name").fill("erin");
  await erin.page.getByLabel("Password", { exact: true }).fill("another good one");
  await erin.page.getByLabel("Password once more").fill("another good one");
  await erin.page.getByRole("button", { name: "Create account" }).click();
  await erin.page.getByRole("textbox", { name: "Message #lobby" }).waitFor();
  await erin.say("I am new");
  await erin.said("I am new").waitFor();
  assert.equal(new URL(erin.page.url()).hash, "");
  const guest = await visit(null);
  await guest.page.getByRole("button", { name: "Continue as a guest" }).click();
  await guest.page.getByLabel("Name").fill("gina");
  await guest.page.getByRole("button", { name: "Come in" }).click();
  await guest.page.locator("chat-main").waitFor();
});

check("German, dark by choice, and very wide", async () => {
  const alice = await visit("alice", { viewport: { width: 2560, height: 1300 } });
  const { page } = alice;
  await alice.go("#lobby");
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByLabel("Dark").check();
  await accessible(alice);
  await picture(alice, "settings");
  await page.getByLabel("Deutsch").click();
  await page.getByRole("button", { name: "Einstellungen" }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "de");
  await page.getByRole("button", { name: /^Leute/ }).click();
  await page.locator("chat-people").getByText("bob").waitFor();
  await picture(alice, "very-wide");
  await page.reload();
  await page.getByRole("button", { name: "Einstellungen" }).click();
  await page.getByRole("button", { name: "Abmelden" }).click();
  await page.getByRole("heading", { name: "Zum Chat anmelden" }).waitFor();
});

check("the scripts that are sent are those of the repository but for comments", async () => {
  const nobody = await visit(null);
  const sent = await nobody.page.evaluate(async () => {
    const links = /** @type {HTMLLinkElement[]} */ ([
      ...document.querySelectorAll("link[rel=modulepreload]"),
    ]);
    const one = async (/** @type {string} */ place) =>
      /** @type {const} */ ([place, await (await fetch(place)).text()]);
    return Promise.all(links.map(({ href }) => one(href)));
  });
  assert.ok(sent.length > 40, String(sent.length));
  const meaning = (/** @type {string} */ text) =>
    typescript.transpile(text, { target: typescript.ScriptTarget.ESNext, removeComments: true });
  for (const [place, text] of sent) {
    const name = new URL(place).pathname.replace(/^\/assets\/\w+\//, "");
    const source = readFileSync(new URL(`../../../web/${name}`, import.meta.url), "utf8");
    assert.equal(meaning(text), meaning(source), name);
    assert.equal(text.split("\n").length, source.split("\n").length, name);
    assert.ok(text.length < source.length, name);
  }
});
