/** One's own account: its tokens, its password and its second factor. Source: docs/extensions.md (TOKEN, PASSWD, TOTP). */

/** @typedef {import("./client.js").Client} Client */
/** @typedef {{id: string, label: string, created: number, used: number | null, place: string}} Token */

/**
 * The tokens of one's account; `place` is `this` for that of this connection, `connected` for one in use.
 * @param {Client} client
 * @returns {Promise<Token[] | null>} nothing if they can't be had
 */
export async function listTokens(client) {
  const { ok, items } = await client.request("TOKEN", ["LIST"]);
  if (!ok) return null;
  return items.flatMap(({ message }) => {
    if (message?.command !== "TOKEN" || message.params[0] !== "LIST") return [];
    const [, id = "", created = "", used = "*", place = "", label = ""] = message.params;
    return [{ id, label, created: Date.parse(created), used: used === "*" ? null : Date.parse(used), place }];
  });
}

/**
 * @param {Client} client
 * @param {string} id of a token; `*` for all but that of this connection
 */
export function revokeToken(client, id) {
  return client.request("TOKEN", ["REVOKE", id]);
}

/**
 * @param {Client} client
 * @param {string} before
 * @param {string} now
 */
export async function changePassword(client, before, now) {
  const answer = await client.request("PASSWD", [base64(before), base64(now)]);
  if (answer.ok) client.renewSecret(now);
  return answer;
}

/**
 * @param {Client} client
 * @returns {Promise<boolean | null>} whether signing in takes a code; nothing if that can't be had
 */
export async function hasSecondFactor(client) {
  const { ok, items } = await client.request("TOTP", ["STATUS"]);
  return ok ? told(items, "ON").length > 0 : null;
}

/**
 * Begins a second factor: what the app is given, in letters and as an address.
 * @param {Client} client
 * @param {string} password
 */
export async function addSecondFactor(client, password) {
  const answer = await client.request("TOTP", ["ADD", base64(password)]);
  const [secret = "", uri = ""] = told(answer.items, "SECRET")[0] ?? [];
  return { ...answer, secret, uri };
}

/**
 * Puts it in force; the codes are for when the app is lost.
 * @param {Client} client
 * @param {string} code
 */
export async function confirmSecondFactor(client, code) {
  const answer = await client.request("TOTP", ["CONFIRM", code]);
  return { ...answer, codes: told(answer.items, "RECOVERY").map(([one = ""]) => one) };
}

/**
 * @param {Client} client
 * @param {string} password
 * @param {string} code
 */
export function removeSecondFactor(client, password, code) {
  return client.request("TOTP", ["REMOVE", base64(password), code]);
}

/**
 * The parameters of the TOTP lines of this kind.
 * @param {import("./batches.js").Item[]} items
 * @param {string} what
 */
function told(items, what) {
  return items.flatMap(({ message }) =>
    message?.command === "TOTP" && message.params[0] === what ? [message.params.slice(1)] : [],
  );
}

/** @param {string} text */
export function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
