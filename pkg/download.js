// @ts-check
// One file over an unreliable network: streams, and after a cut goes on where it stopped.

/** A cut connection is tried again after 0.5, 1, 2, 4 and 8 seconds without a new byte. */
const RETRIES = 5;
const FIRST_PAUSE_MS = 500;
/** A connection that delivers nothing for so long is given up and tried again. */
const STALL_MS = 30_000;
/** What has arrived is put aside this often, so that closing the page loses little. */
const KEEP_EVERY_BYTES = 2 << 20;

/** A fault that trying again does not mend. The engine puts the file's name and what to do around it. @param {string} why */
const fault = (why) => Object.assign(new Error(why), { code: "fetch" });

/** @param {number} ms @param {AbortSignal | undefined} signal @returns {Promise<void>} */
const pause = (ms, signal) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason)), { once: true });
  });

/**
 * @typedef {object} Download
 * @property {string} url
 * @property {number} bytes length that the manifest promises
 * @property {Uint8Array} [part] what an earlier attempt has left
 * @property {AbortSignal} [signal]
 * @property {(received: number) => void} onBytes
 * @property {(part: Uint8Array) => Promise<void>} keep puts a part aside; never throws
 */

/** @param {Download} job @returns {Promise<Uint8Array>} */
export async function download(job) {
  const { bytes, part, signal, onBytes, keep } = job;
  const buffer = new Uint8Array(bytes);
  let received = 0;
  if (part && part.length <= bytes) {
    buffer.set(part);
    received = part.length;
  }
  let furthest = received;
  onBytes(received);

  for (let failures = 0; received < bytes; ) {
    let why = "the connection was cut";
    try {
      for await (const { at, chunk } of stream(job, received)) {
        if (at + chunk.length > bytes) throw fault("it is longer than its manifest says, so the model on the server is mixed up");
        buffer.set(chunk, at);
        received = at + chunk.length;
        onBytes(received);
        if (Math.floor(received / KEEP_EVERY_BYTES) > Math.floor((received - chunk.length) / KEEP_EVERY_BYTES)) await keep(buffer.subarray(0, received));
      }
    } catch (error) {
      if (received > 0) await keep(buffer.subarray(0, received));
      signal?.throwIfAborted();
      const known = /** @type {any} */ (error);
      if (known.code === "fetch") throw error;
      if (known.restart) received = 0;
      why = known.message;
    }
    if (received >= bytes) break;
    failures = received > furthest ? 1 : failures + 1;
    furthest = Math.max(furthest, received);
    if (failures > RETRIES) throw fault(why);
    await pause(FIRST_PAUSE_MS * 2 ** (failures - 1), signal);
  }
  return buffer;
}

/**
 * The rest of the file from `offset`, or all of it where the server knows no ranges.
 * @param {Download} job @param {number} offset
 */
async function* stream({ url, signal }, offset) {
  const stalled = new AbortController();
  let timer = setTimeout(() => stalled.abort(), STALL_MS);
  const either = signal ? AbortSignal.any([signal, stalled.signal]) : stalled.signal;
  try {
    const headers = offset > 0 ? { range: `bytes=${offset}-` } : undefined;
    // The device's own store is the cache for these; a second copy in the HTTP cache would only take room.
    const response = await fetch(url, { headers, signal: either, cache: "no-store" });
    if (response.status === 416) throw Object.assign(new Error("the server refused to continue"), { restart: true });
    if (response.status === 404 || response.status === 403) throw fault(`the server answered ${response.status}, so the model's folder is incomplete`);
    if (!response.ok || !response.body) throw new Error(`the server answered ${response.status}`);
    let at = response.status === 206 ? offset : 0;
    const start = /^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "");
    if (response.status === 206 && start) at = Number(start[1]);
    if (at > offset) throw Object.assign(new Error("the server sent another part than the one asked for"), { restart: true });

    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(() => stalled.abort(), STALL_MS);
      yield { at, chunk: value };
      at += value.length;
    }
  } finally {
    clearTimeout(timer);
  }
}
