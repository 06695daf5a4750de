/** Somebody who speaks IRC over TLS and says a lot. */

import { connect } from "node:tls";
import { PASSWORD } from "./server.js";

/**
 * @param {import("./server.js").Server} server
 * @param {string} name
 * @param {string[]} lines after signing in
 */
export async function speak(server, name, lines) {
  const socket = connect({ host: "localhost", port: server.ircPort, rejectUnauthorized: false });
  const secret = Buffer.from(`\0${name}\0${PASSWORD}`).toString("base64");
  const first = [
    "CAP REQ :sasl",
    "AUTHENTICATE PLAIN",
    `AUTHENTICATE ${secret}`,
    `NICK ${name}`,
    `USER ${name} 0 * ${name}`,
    "CAP END",
  ];
  let heard = "";
  await new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.on("data", (text) => {
      heard = (heard + text).slice(-2_000);
      if (/ PONG \S+ :?done\r\n/.test(heard)) resolve(undefined);
    });
    socket.on("close", () => reject(new Error(`closed: ${heard}`)));
    socket.write([...first, ...lines, "PING done", ""].join("\r\n"));
  });
  socket.removeAllListeners("close");
  socket.end("QUIT\r\n");
}
