/** The real server with an empty folder of its own; its ports stay the same when it starts again. */

import { execFileSync, spawn } from "node:child_process";
import { X509Certificate, createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const BUILD = process.env.CHAT_SECURE_BUILD ?? "debug";
const PROGRAMS = fileURLToPath(new URL(`../../../target/${BUILD}/`, import.meta.url));
export const PASSWORD = "correct horse battery";
const PATIENCE_MS = 20_000;

export class Server {
  /** @param {string[]} flags */
  constructor(flags = []) {
    this.folder = mkdtempSync(join(tmpdir(), "chat-secure-web-"));
    this.flags = flags;
    this.webPort = 0;
    this.ircPort = 0;
    this.log = "";
    /** @type {import("node:child_process").ChildProcess | null} */
    this.process = null;
    /** @type {Promise<unknown>} */
    this.ended = Promise.resolve();
  }

  /** @returns {Promise<Server>} */
  async start() {
    const flags = [
      `--listen=localhost:${this.ircPort}`,
      `--listen-web=localhost:${this.webPort}`,
      ...this.flags,
    ];
    const program = spawn(join(PROGRAMS, "chat-secure-server"), flags, {
      cwd: this.folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.ended = new Promise((resolve) => program.once("exit", resolve));
    this.process = program;
    // Whatever becomes of the tests, it does not outlive them.
    process.once("exit", () => program.kill("SIGKILL"));
    let said = "";
    program.stderr.on("data", (text) => (this.log += text));
    const told = new Promise((resolve) => {
      program.stdout.on("data", (text) => {
        said += text;
        if (said.includes("fingerprint")) resolve("");
      });
    });
    const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS).unref());
    await Promise.race([told, this.ended, late]);
    const port = /web \(tls\)\s+https:\/\/localhost:(\d+)/.exec(said)?.[1];
    if (!port) throw new Error(`the server did not start:\n${said}${this.log}`);
    this.webPort = Number(port);
    this.ircPort = Number(/irc \(tls\)\s+localhost:(\d+)/.exec(said)?.[1]);
    return this;
  }

  get url() {
    return `https://localhost:${this.webPort}/`;
  }

  /** What a browser needs to be told to trust this server alone. */
  get keyHash() {
    const { publicKey } = new X509Certificate(readFileSync(join(this.folder, "certs/cert.pem")));
    return createHash("sha256")
      .update(publicKey.export({ type: "spki", format: "der" }))
      .digest("base64");
  }

  /**
   * @param {string[]} parameters
   * @param {string} [input]
   */
  chatctl(parameters, input = "") {
    return execFileSync(join(PROGRAMS, "chatctl"), ["--data-dir", "data", ...parameters], {
      cwd: this.folder,
      input,
      encoding: "utf8",
    });
  }

  /** @param {string} name */
  addUser(name) {
    this.chatctl(["adduser", name, "--password-stdin"], `${PASSWORD}\n`);
  }

  /** @param {NodeJS.Signals} [signal] */
  async stop(signal = "SIGTERM") {
    this.process?.kill(signal);
    await this.ended;
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
