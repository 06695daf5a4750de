/**
 * Staying signed in: the browser keeps a token for this page where no script can read it. Here it is asked whose
 * it is, a new one is handed over, and it is given up. The page itself keeps no secret.
 */

import { t } from "./texts/index.js";

/**
 * What is known before anybody signs in.
 * @typedef {object} Visit
 * @property {string | null} account who is signed in already
 * @property {boolean} guests whether guests are admitted
 * @property {"invite" | "open" | "closed"} registration who may make an account
 * @property {string} serverName
 */

const PLACE = "/session";

/** @returns {Promise<Visit | null>} nothing if the server does not answer */
export async function look() {
  const answer = await ask("GET");
  return answer?.ok ? answer.json().catch(() => null) : null;
}

/**
 * @param {string} token
 * @returns {Promise<boolean>} whether the browser keeps it
 */
export async function keep(token) {
  const answer = await ask("POST", { token });
  // A browser that keeps no cookies says nothing of it.
  return !!answer?.ok && !!(await look())?.account;
}

/**
 * The token is revoked, here and for all who have it.
 * @returns {Promise<boolean>} whether that was done
 */
export async function end() {
  return !!(await ask("DELETE"))?.ok;
}

/**
 * @param {string} method
 * @param {object} [body]
 */
function ask(method, body) {
  const headers = body ? { "Content-Type": "application/json" } : undefined;
  const how = {
    method,
    headers,
    body: body && JSON.stringify(body),
    cache: /** @type {const} */ ("no-store"),
  };
  return fetch(PLACE, how).catch(() => null);
}

const BROWSERS = ["Edg", "OPR", "SamsungBrowser", "Firefox", "Chromium", "Chrome", "Safari"];
const NAMES = /** @type {Record<string, string>} */ ({
  Edg: "Edge",
  OPR: "Opera",
  SamsungBrowser: "Samsung Internet",
});
/** The first that fits. */
const SYSTEMS = [
  [/iPhone|iPad/, "iOS"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/CrOS/, "ChromeOS"],
  [/Mac OS/, "macOS"],
  [/Linux/, "Linux"],
];

/**
 * What this device is called in the list of devices.
 * @param {string} agent what the browser says of itself
 * @param {string[]} brands the same in other words, of which some say more
 */
export function deviceName(agent, brands = []) {
  const known = BROWSERS.find((name) => agent.includes(`${name}/`)) ?? "";
  const own = brands.find((name) => !/Chromium|Google Chrome|Not.A/.test(name)) ?? "Chromium";
  const browser = known !== "Chrome" || !brands.length || brands.includes("Google Chrome") ? known : own;
  const system = SYSTEMS.find(([sign]) => /** @type {RegExp} */ (sign).test(agent))?.[1] ?? "";
  return t.deviceName(NAMES[browser] ?? browser, String(system));
}

/** @returns {string} what this device is called there */
export function thisDevice() {
  /** @type {{brand: string}[]} */
  const brands = /** @type {any} */ (navigator).userAgentData?.brands ?? [];
  return deviceName(
    navigator.userAgent,
    brands.map(({ brand }) => brand),
  );
}
