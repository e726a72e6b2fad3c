// @ts-check
// A static file server as plain as the plainest host, that can be told to misbehave.

import fs from "node:fs";
import http from "node:http";
import path from "node:path";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".wasm": "application/wasm", ".json": "application/json", ".png": "image/png" };

/**
 * What may go wrong with one answer.
 * @typedef {object} Fault
 * @property {number} [status] this status and nothing else
 * @property {number} [cutAfter] the connection dies after so many bytes of the body
 * @property {Promise<unknown>} [until] and not before this: a browser drops what has arrived but was not read yet
 * @property {boolean} [damage] one byte in the middle is another one
 * @property {boolean} [noRanges] the Range header is ignored
 * @property {Buffer | string} [body] this body in place of the file
 * @property {Promise<unknown>} [hold] the body waits for it
 */

/**
 * @param {object} options
 * @param {Record<string, string>} options.mounts URL prefix below the base -> folder; the longest prefix wins
 * @param {string} [options.base] the sub-path the site is served under, "/" or "/name/"
 * @param {boolean} [options.plain] false: with the headers of cross-origin isolation
 * @param {boolean} [options.open] whether pages of other sites may read what is here
 */
export async function serve({ mounts, base = "/", plain = true, open = false }) {
  /** @type {((file: string, request: http.IncomingMessage) => Fault | undefined)[]} */
  const faults = [];
  /** @type {{ file: string, range: string | undefined }[]} */
  const requests = [];
  /** The first rule that says something; those after it wait for their turn. @param {string} file @param {http.IncomingMessage} request @returns {Fault} */
  const faultOf = (file, request) => {
    for (const rule of faults) {
      const fault = rule(file, request);
      if (fault) return fault;
    }
    return {};
  };
  const prefixes = Object.keys(mounts).sort((a, b) => b.length - a.length);

  const server = http.createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (!pathname.startsWith(base)) return void response.writeHead(404).end();
    const inside = decodeURIComponent(pathname.slice(base.length));
    const prefix = prefixes.find((each) => inside.startsWith(each)) ?? "";
    const root = path.resolve(mounts[prefix]);
    let file = path.resolve(root, inside.slice(prefix.length) || "index.html");
    if (file !== root && !file.startsWith(root + path.sep)) return void response.writeHead(403).end();
    requests.push({ file: inside, range: request.headers.range });

    /** @type {Fault} */
    const fault = faultOf(inside, request);
    if (fault.status) return void response.writeHead(fault.status).end();
    /** @type {Buffer} */ let body;
    try {
      body = fault.body === undefined ? await fs.promises.readFile(file) : Buffer.from(fault.body);
    } catch {
      return void response.writeHead(404).end("Not found");
    }
    if (fault.damage) {
      body = Buffer.from(body);
      body[body.length >> 1] ^= 0xff;
    }
    /** @type {http.OutgoingHttpHeaders} */
    const headers = { "content-type": TYPES[/** @type {keyof typeof TYPES} */ (path.extname(file))] ?? "application/octet-stream" };
    if (!plain) Object.assign(headers, { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" });
    if (open) headers["access-control-allow-origin"] = "*";
    let status = 200;
    const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? "");
    if (range && !fault.noRanges) {
      const from = Number(range[1]);
      if (from >= body.length) return void response.writeHead(416, { "content-range": `bytes */${body.length}` }).end();
      headers["content-range"] = `bytes ${from}-${body.length - 1}/${body.length}`;
      body = body.subarray(from);
      status = 206;
    }
    headers["content-length"] = body.length;
    response.writeHead(status, headers);
    if (fault.hold) {
      response.flushHeaders();
      await fault.hold;
    }
    if (fault.cutAfter === undefined || fault.cutAfter >= body.length) return void response.end(body);
    response.write(body.subarray(0, fault.cutAfter));
    await fault.until;
    response.destroy();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    origin: `http://127.0.0.1:${address.port}`,
    url: `http://127.0.0.1:${address.port}${base}`,
    faults,
    requests,
    /** Runs a fault for the files whose name matches, at most `times` times. @param {RegExp} name @param {Fault} fault @param {number} [times] */
    break(name, fault, times = Infinity) {
      const rule = (/** @type {string} */ file) => (name.test(file) && times-- > 0 ? fault : undefined);
      faults.push(rule);
      return () => void faults.splice(faults.indexOf(rule), 1);
    },
    async close() {
      server.closeAllConnections();
      // A test may have closed it already, to be offline.
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}
