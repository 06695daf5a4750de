/**
 * What the web client weighs and how long it takes, in Chromium against the release build on this machine:
 * `node measure.js`, after `./run` and `cargo build --release --bins`. Prints one figure a line; medians.
 */

process.env.CHAT_SECURE_BUILD ??= "release";
const { Browser } = await import("./e2e/browser.js");
const { speak } = await import("./e2e/crowd.js");
const { Server } = await import("./e2e/server.js");

const VISITS = 7;
const MESSAGES = 100_000;
const PAGES = 300;

/** @param {number[]} figures @param {number} [part] */
function quantile(figures, part = 0.5) {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}

/** @param {string} what @param {number} figure @param {string} unit */
function tell(what, figure, unit) {
  console.log(`${what.padEnd(52)} ${figure.toFixed(figure < 10 ? 1 : 0).padStart(8)} ${unit}`);
}

/** Loads the page again; what came over the network, and when a name can be typed. @param {any} browser */
async function load(browser) {
  const { page, context } = browser;
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  const came = { bytes: 0, requests: 0 };
  session.on("Network.loadingFinished", (/** @type {any} */ event) => {
    came.bytes += event.encodedDataLength;
    came.requests += 1;
  });
  await page.reload();
  await page.getByLabel("Name").waitFor();
  const ms = await page.evaluate(() => performance.now());
  await page.waitForLoadState("networkidle");
  await session.detach();
  return { ...came, ms };
}

async function weigh(/** @type {any} */ server) {
  const [first, again] = [[], []];
  for (let visit = 0; visit < VISITS; visit += 1) {
    // Nobody has a service worker at the first visit.
    const stranger = await Browser.open(server, { serviceWorkers: "block" });
    const session = await stranger.context.newCDPSession(stranger.page);
    await session.send("Network.clearBrowserCache");
    first.push(await load(stranger));
    await stranger.close();
    const guest = await Browser.open(server);
    await guest.page.evaluate(() => navigator.serviceWorker.ready);
    again.push(await load(guest));
    await guest.close();
  }
  tell("first load, transferred with heads", quantile(first.map(({ bytes }) => bytes)) / 1024, "KiB");
  tell("first load, requests", quantile(first.map(({ requests }) => requests)), "");
  tell("first load until a name can be typed", quantile(first.map(({ ms }) => ms)), "ms");
  tell("later load, transferred with heads", quantile(again.map(({ bytes }) => bytes)) / 1024, "KiB");
  tell("later load until a name can be typed", quantile(again.map(({ ms }) => ms)), "ms");
}

async function scroll(/** @type {any} */ server) {
  const lines = Array.from(
    { length: MESSAGES },
    (_, index) => `PRIVMSG #long :line ${index} ${"word ".repeat(index % 23)}`,
  );
  await speak(server, "dora", ["JOIN #long", ...lines]);
  const dora = await Browser.open(server);
  const { page } = dora;
  const begun = performance.now();
  await dora.signIn("dora");
  await dora.go("#long");
  await dora.said(`line ${MESSAGES - 1} `).waitFor();
  tell(`signing in until the last of ${MESSAGES} messages is read`, performance.now() - begun, "ms");
  const { steps, rows, nodes } = await page.evaluate(async (count) => {
    const scroll = /** @type {Element} */ (document.querySelector(".scroll"));
    const drawn = () => new Promise((then) => requestAnimationFrame(() => requestAnimationFrame(then)));
    const [steps, rows, nodes] = [[], [], []];
    for (let page = 0; page < count; page += 1) {
      const begun = performance.now();
      scroll.scrollBy(0, -scroll.clientHeight);
      await drawn();
      steps.push(performance.now() - begun);
      rows.push(scroll.querySelectorAll("article").length);
      nodes.push(document.querySelectorAll("*").length);
    }
    return { steps, rows, nodes };
  }, PAGES);
  tell(`a screen further up, ${PAGES} times, until it is drawn`, quantile(steps), "ms");
  tell("the same, 99 % of them within", quantile(steps, 0.99), "ms");
  tell("messages on the page at most", Math.max(...rows), "");
  tell("elements on the page at most", Math.max(...nodes), "");
  const oldest = await page.locator("article").first().textContent();
  tell("messages gone back", MESSAGES - Number(/line (\d+) /.exec(oldest ?? "")?.[1]), "");
  const session = await dora.context.newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  tell("heap of the page's scripts afterwards", usedSize / 1024 / 1024, "MiB");
  await dora.close();
}

const server = await new Server(["--flood-per-second=0"]).start();
try {
  server.addUser("dora");
  await weigh(server);
  await scroll(server);
} finally {
  await server.stop();
  server.remove();
}
