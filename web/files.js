/** Files: sent to the server that the page came from, and what is known of those it has. */

/** @typedef {{url: string, name: string, type: string, bytes: number, width: number | null, height: number | null}} About */

const ADDRESS = /^https?:\/\/[^/]+(\/files\/[\w-]{22}\/([\w.-]+))$/;
const PICTURE = /\.(png|jpe?g|gif|webp)$/i;
/** What was asked for once. @type {Map<string, Promise<About | null>>} */
const known = new Map();
const KNOWN_MAX = 500;
/** @type {Promise<number> | null} */
let bound = null;

/**
 * The file that a link leads to, if this server has it: it has the same address for everybody, whatever name the
 * page came by.
 * @param {string} link
 * @param {string | undefined} host where files are taken
 */
export function fileAt(link, host) {
  const [, path = "", name = ""] = ADDRESS.exec(link) ?? [];
  const isOurs = host && [new URL(host).origin, location.origin].includes(new URL(link).origin);
  return path && isOurs ? { path, name, isPicture: PICTURE.test(name) } : null;
}

/**
 * @param {string} path
 * @returns {Promise<About | null>}
 */
export function about(path) {
  let asked = known.get(path);
  if (!asked) {
    asked = fetch(`${path}/about`)
      .then((answer) => (answer.ok ? answer.json() : null))
      .catch(() => null);
    if (known.size >= KNOWN_MAX) known.clear();
    known.set(path, asked);
  }
  return asked;
}

/** Bytes that a file may have. */
function bytesMax() {
  bound ??= fetch("/upload")
    .then((answer) => (answer.ok ? answer.json() : null))
    .then((told) => told?.bytes_max ?? Infinity)
    .catch(() => {
      bound = null;
      return Infinity;
    });
  return bound;
}

/** A file on its way. */
export class Sending {
  /** How much of it is there, from 0 to 1. */
  part = 0;
  /** Where it is, once it is there. */
  url = "";
  /** Why it will not be: the status of HTTP, 0 if there was none. @type {number | null} */
  failed = null;
  /** @type {() => void} is told of all that changes */
  changed = () => {};
  #request = new XMLHttpRequest();

  /** @param {File} file */
  constructor(file) {
    this.name = file.name || "file";
    void this.#send(file);
  }

  /** @param {File} file */
  async #send(file) {
    if (file.size > (await bytesMax())) return this.#end(413);
    const request = this.#request;
    request.open("POST", "/upload");
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    const name = encodeURIComponent(this.name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
    request.setRequestHeader("Content-Disposition", `attachment; filename*=UTF-8''${name}`);
    request.upload.onprogress = ({ loaded, total }) => {
      this.part = loaded / total;
      this.changed();
    };
    request.onload = () => {
      if (request.status === 201)
        this.url = new URL(JSON.parse(request.responseText).url, location.href).href;
      this.#end(request.status === 201 ? null : request.status);
    };
    request.onerror = () => this.#end(0);
    request.send(file);
  }

  /** @param {number | null} failed */
  #end(failed) {
    this.failed = failed;
    this.changed();
  }

  /** It is not to be sent, or not to be kept. */
  cancel() {
    this.#request.abort();
    const path = this.url && new URL(this.url).pathname;
    if (path) void fetch(path, { method: "DELETE" }).catch(() => {});
  }
}
