/** What operators of a room do: roles, removing, bans, another name. Source: modern.ircdocs.horse; docs/rooms.md. */

/** @typedef {import("./client.js").Client} Client */
/** @typedef {{mask: string, by: string, at: number}} Ban */

/**
 * @param {Client} client
 * @param {string} room
 * @param {string} mode `o` or `v`
 * @param {boolean} on
 * @param {string} nick
 */
export function setRole(client, room, mode, on, nick) {
  return client.request("MODE", [room, `${on ? "+" : "-"}${mode}`, nick]);
}

/**
 * @param {Client} client
 * @param {string} room
 * @param {string} nick
 * @param {string} reason
 */
export function remove(client, room, nick, reason) {
  return client.request("KICK", reason ? [room, nick, reason] : [room, nick]);
}

/**
 * What a ban is to name: the account, or the host of a guest, whose nick is another in a moment.
 * @param {Client} client
 * @param {string} nick
 * @returns {Promise<string>}
 */
export async function maskOf(client, nick) {
  const { items } = await client.request("WHO", [nick, "%hna"]);
  const found = items.find(({ message }) => message?.command === "354")?.message;
  const [, host = "", , account = "0"] = found?.params ?? [];
  if (account !== "0") return `a:${account}`;
  return host ? `*!*@${host}` : `${nick}!*@*`;
}

/**
 * @param {Client} client
 * @param {string} room
 * @param {boolean} on
 * @param {string} mask
 */
export function ban(client, room, on, mask) {
  return client.request("MODE", [room, on ? "+b" : "-b", mask]);
}

/**
 * @param {Client} client
 * @param {string} room
 * @returns {Promise<Ban[] | null>} nothing if they can't be had
 */
export async function listBans(client, room) {
  const { ok, items } = await client.request("MODE", [room, "+b"]);
  if (!ok) return null;
  return items.flatMap(({ message }) => {
    if (message?.command !== "367") return [];
    const [, , mask = "", by = "", at = "0"] = message.params;
    return [{ mask, by: by.split("!")[0], at: Number(at) * 1000 }];
  });
}

/**
 * @param {Client} client
 * @param {string} room
 * @param {string} name
 */
export function rename(client, room, name) {
  return client.request("RENAME", [room, name]);
}
