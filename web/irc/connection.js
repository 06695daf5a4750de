/**
 * A connection that comes back: opens a WebSocket, notices when it is dead, and opens another after a pause that
 * grows. Knows lines, not what they say; holds no message.
 */

/**
 * @typedef {object} Socket what is used of a WebSocket
 * @property {((event: any) => void) | null} onopen
 * @property {((event: any) => void) | null} onmessage
 * @property {((event: any) => void) | null} onclose
 * @property {(data: string) => void} send
 * @property {(code?: number) => void} close
 */

/**
 * @typedef {object} Clock
 * @property {() => number} now milliseconds
 * @property {(ms: number, then: () => void) => () => void} after gives what cancels it
 * @property {() => number} random from 0 to 1
 */

/**
 * @typedef {object} Heard
 * @property {() => void} onOpen
 * @property {(line: string) => void} onLine
 * @property {(retryAt: number | null) => void} onClose when the next attempt is; null if there is none
 * @property {(connecting: boolean) => void} onConnecting
 */

/** After so much silence the server is asked whether it is there. */
const SILENCE_MS = 40_000;
/** Then it has so long to say anything. */
const PATIENCE_MS = 15_000;
/** A connection that does not come about. */
const OPEN_MS = 15_000;
const PAUSE_MIN_MS = 1_000;
const PAUSE_MAX_MS = 60_000;
/** Who stayed so long begins with the short pause again. */
const STABLE_MS = 30_000;

export class Connection {
  /** @type {Socket | null} */
  #socket = null;
  #isOpen = false;
  #attempt = 0;
  #openedAt = 0;
  #stopped = true;
  #cancel = () => {};

  /**
   * @param {() => Socket} open
   * @param {Clock} clock
   * @param {Heard} heard
   */
  constructor(open, clock, heard) {
    this.open = open;
    this.clock = clock;
    this.heard = heard;
  }

  start() {
    this.#stopped = false;
    this.#attempt = 0;
    this.#connect();
  }

  /** Ends it for good. */
  stop() {
    this.#stopped = true;
    this.#cancel();
    const socket = this.#forget();
    socket?.close(1000);
  }

  /** Does not wait for the end of the pause: the network is back, or the user asks for it. */
  hurry() {
    if (!this.#stopped && !this.#socket) this.#connect();
  }

  /** Asks at once whether the server is still there, as after the machine slept. */
  probe() {
    if (this.#isOpen) this.#ask();
  }

  /**
   * @param {string} line
   * @returns {boolean} whether there was a connection to say it to
   */
  send(line) {
    if (!this.#isOpen || !this.#socket) return false;
    this.#socket.send(line);
    return true;
  }

  /** Closes this connection and opens another. */
  again() {
    this.#socket?.close(1000);
    this.#lost();
  }

  /** The same without a pause. */
  renew() {
    const socket = this.#forget();
    socket?.close(1000);
    this.#connect();
  }

  #connect() {
    this.#cancel();
    this.heard.onConnecting(true);
    let socket;
    try {
      socket = this.open();
    } catch {
      return this.#lost();
    }
    this.#socket = socket;
    // What an earlier socket still says is of no interest.
    const ifCurrent = (/** @type {(event: any) => void} */ then) => (/** @type {any} */ event) => {
      if (this.#socket === socket) then(event);
    };
    socket.onopen = ifCurrent(() => {
      this.#isOpen = true;
      this.#openedAt = this.clock.now();
      this.#listen();
      this.heard.onOpen();
    });
    socket.onmessage = ifCurrent((event) => {
      this.#listen();
      if (typeof event.data === "string") this.heard.onLine(event.data);
    });
    socket.onclose = ifCurrent(() => this.#lost());
    this.#cancel = this.clock.after(OPEN_MS, () => this.again());
  }

  #listen() {
    this.#cancel();
    this.#cancel = this.clock.after(SILENCE_MS, () => this.#ask());
  }

  #ask() {
    this.#cancel();
    this.send("PING alive");
    this.#cancel = this.clock.after(PATIENCE_MS, () => this.again());
  }

  #forget() {
    const socket = this.#socket;
    this.#socket = null;
    this.#isOpen = false;
    return socket;
  }

  #lost() {
    const wasStable = this.#isOpen && this.clock.now() - this.#openedAt > STABLE_MS;
    this.#cancel();
    this.#forget();
    if (this.#stopped) return this.heard.onClose(null);
    this.#attempt = wasStable ? 0 : this.#attempt;
    const full = Math.min(PAUSE_MIN_MS * 2 ** this.#attempt, PAUSE_MAX_MS);
    this.#attempt += 1;
    // Spread, so that not all clients come back in the same moment.
    const pause = full * (0.5 + this.clock.random() / 2);
    this.#cancel = this.clock.after(pause, () => this.#connect());
    this.heard.onClose(this.clock.now() + pause);
  }
}
