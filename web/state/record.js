/**
 * Tables by name. They have nothing but what was put into them: a person may be called `constructor`, and another
 * `__proto__`.
 */

/**
 * @template T
 * @param {Iterable<readonly [string, T]>} [entries]
 * @returns {Record<string, T>}
 */
export function record(entries = []) {
  /** @type {Record<string, T>} */
  const made = Object.create(null);
  for (const [key, value] of entries) made[key] = value;
  return made;
}

/**
 * @template T
 * @param {Record<string, T>} old
 * @param {string} key
 * @param {T} value
 */
export function having(old, key, value) {
  const made = record(Object.entries(old));
  made[key] = value;
  return made;
}

/**
 * @template T
 * @param {Record<string, T>} old
 * @param {string} key
 */
export function lacking(old, key) {
  const made = record(Object.entries(old));
  delete made[key];
  return made;
}
