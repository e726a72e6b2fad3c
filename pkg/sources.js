// @ts-check
// Where a model's files come from: a folder of this site or of another, or a folder that the visitor has opened on this device.

import { download } from "./download.js";

/** @import { LocalModel, ModelSource } from "./types.d.ts" */

const MANIFEST = "manifest.json";

/** What is wrong; the engine puts the file's name and what to do around it. @param {string} why */
export const fault = (why) => Object.assign(new Error(why), { code: "fetch" });

/** @param {string | LocalModel} model @returns {ModelSource} */
export const sourceOf = (model) => (typeof model === "string" ? siteSource(model) : folderSource(model));

/** @param {string} address absolute URL of the model's folder @returns {ModelSource} */
function siteSource(address) {
  const folder = address.endsWith("/") ? address : `${address}/`;
  const { origin, host, pathname } = new URL(folder);
  return {
    key: `${origin === self.location.origin ? "" : host}${pathname}`.replace(/[^a-z0-9]+/gi, "-"),
    async manifest(signal) {
      let problem = "there is no connection";
      try {
        const response = await fetch(folder + MANIFEST, { signal, cache: "no-cache" });
        if (response.ok) return new Uint8Array(await response.arrayBuffer());
        if (response.status === 404) throw fault(`there is no model at ${pathname}`);
        problem = `the server answered ${response.status}`;
      } catch (error) {
        signal?.throwIfAborted();
        if (/** @type {any} */ (error).code === "fetch") throw error;
      }
      // A later try may go well, and until then the last copy will do.
      throw Object.assign(fault(problem), { passing: true });
    },
    async file(name, job) {
      const url = new URL(name, folder);
      // A manifest names files beside itself, nothing else.
      if (!url.href.startsWith(folder)) throw fault("it is outside the model's folder");
      return download({ ...job, url: url.href });
    },
  };
}

/**
 * Nothing of it is copied: the files are on this device already.
 * @param {LocalModel} model @returns {ModelSource}
 */
function folderSource({ name, files }) {
  /** @param {string} file */
  const bytesOf = async (file) => {
    if (!Object.hasOwn(files, file)) throw fault(`it is not in the folder "${name}"`);
    try {
      return new Uint8Array(await files[file].arrayBuffer());
    } catch {
      throw fault(`the folder "${name}" has changed or may not be read any more, so open it again`);
    }
  };
  return {
    key: undefined,
    manifest: () => bytesOf(MANIFEST),
    async file(file, { onBytes }) {
      const bytes = await bytesOf(file);
      onBytes(bytes.length);
      return bytes;
    },
  };
}
