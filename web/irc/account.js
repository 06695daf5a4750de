/** One's own account: its tokens and its password. Source: docs/extensions.md (TOKEN, PASSWD). */

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

/** @param {string} text */
export function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
