/**
 * Who is in a room and whether they are there; which rooms there are. Sources: modern.ircdocs.horse; WHOX;
 * IRCv3 monitor.
 */

/** @typedef {import("./client.js").Client} Client */
/** @typedef {{name: string, members: number, topic: string}} Listed */

/** Names in one line of MONITOR. */
const WATCHED_AT_ONCE = 12;
/** Members of whom it is asked whether they are connected at all. */
const LOOKED_FOR_MAX = 96;

/**
 * Asks who of a room is away, and who of those is not connected; the answers are events.
 * @param {Client} client
 * @param {string} room
 */
export async function lookAround(client, room) {
  const { ok, items } = await client.request("WHO", [room, "%cnfa"]);
  if (!ok) return;
  const people = items.flatMap(({ message }) => {
    if (message?.command !== "354") return [];
    const [, , nick = "", flags = "", account = "0"] = message.params;
    return [{ nick, away: flags.startsWith("G"), account: account === "0" ? "" : account }];
  });
  client.tell({ type: "people", conversation: room, people });
  const away = people.filter(({ away }) => away).map(({ nick }) => nick);
  watch(client, away.slice(0, LOOKED_FOR_MAX));
  unwatch(client, away.slice(0, LOOKED_FOR_MAX));
}

/**
 * @param {Client} client
 * @param {string[]} nicks
 */
export function watch(client, nicks) {
  monitor(client, "+", nicks);
}

/**
 * @param {Client} client
 * @param {string[]} nicks
 */
function unwatch(client, nicks) {
  monitor(client, "-", nicks);
}

/**
 * @param {Client} client
 * @param {string} sign
 * @param {string[]} nicks
 */
function monitor(client, sign, nicks) {
  if (!client.tokens.has("MONITOR")) return;
  for (let at = 0; at < nicks.length; at += WATCHED_AT_ONCE) {
    client.send(`MONITOR ${sign} ${nicks.slice(at, at + WATCHED_AT_ONCE).join(",")}`);
  }
}

/**
 * All rooms that one may see, the fullest first.
 * @param {Client} client
 * @returns {Promise<Listed[]>}
 */
export async function listRooms(client) {
  const { items } = await client.request("LIST", []);
  const rooms = items.flatMap(({ message }) => {
    if (message?.command !== "322") return [];
    const [, name = "", members = "0", topic = ""] = message.params;
    return [{ name, members: Number(members), topic }];
  });
  return rooms.sort((a, b) => b.members - a.members || a.name.localeCompare(b.name));
}
