/** What is done with a message that was said: edits, redactions, reactions. */

import { REACT_TAG, REPLY_TAG, UNREACT_TAG } from "./events.js";
/** @typedef {import("./client.js").Client} Client */

/**
 * @param {Client} client
 * @param {string} target
 * @param {string} id
 * @param {string} text
 */
export function edit(client, target, id, text) {
  return client.request("EDIT", [target, id, text.replace(/\s*\n\s*/g, " ")]);
}

/**
 * @param {Client} client
 * @param {string} target
 * @param {string} id
 */
export function redact(client, target, id) {
  return client.request("REDACT", [target, id]);
}

/**
 * @param {Client} client
 * @param {string} target
 * @param {string} id
 * @param {string} emoji
 * @param {boolean} on
 */
export function react(client, target, id, emoji, on) {
  return client.request("TAGMSG", [target], { [on ? REACT_TAG : UNREACT_TAG]: emoji, [REPLY_TAG]: id });
}
