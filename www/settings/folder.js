// @ts-check
// A model in a folder of this device, through the browser's folder dialog or an <input type=file>.

import { say } from "../language.js";

/** @import { LocalModel } from "../types.d.ts" */

const MANIFEST = "manifest.json";

/** @typedef {(path: string) => Promise<File | undefined>} Finder */

/** Whether the browser can open a folder without reading all of its list first. */
export const hasFolderDialog = "showDirectoryPicker" in window;

/** @returns {Promise<LocalModel | undefined>} nothing where the visitor changed their mind */
export async function askForFolder() {
  /** @type {FileSystemDirectoryHandle} */ let folder;
  try {
    folder = await /** @type {any} */ (window).showDirectoryPicker({ id: "composer-model" });
  } catch (error) {
    if (/** @type {DOMException} */ (error).name === "AbortError") return undefined;
    throw error;
  }
  return modelFrom(folder.name, async (path) => {
    const parts = path.split("/");
    const name = /** @type {string} */ (parts.pop());
    try {
      let place = folder;
      for (const part of parts) place = await place.getDirectoryHandle(part);
      return await (await place.getFileHandle(name)).getFile();
    } catch {
      return undefined;
    }
  });
}

/** @param {FileList} list of an <input webkitdirectory> @returns {Promise<LocalModel>} */
export async function folderFrom(list) {
  const files = new Map([...list].map((file) => [file.webkitRelativePath.split("/").slice(1).join("/"), file]));
  return modelFrom(list[0]?.webkitRelativePath.split("/")[0] ?? "", async (path) => files.get(path));
}

/** Only the files that the manifest names. What is wrong with a manifest the engine says better. @param {string} name @param {Finder} find @returns {Promise<LocalModel>} */
async function modelFrom(name, find) {
  const manifest = await find(MANIFEST);
  if (!manifest) throw new Error(say("settings.model.noManifest", { name }));
  /** @type {Record<string, File>} */ const files = { [MANIFEST]: manifest };
  for (const path of await namesIn(manifest)) {
    const file = await find(path);
    if (!file) throw new Error(say("settings.model.incomplete", { name, file: path }));
    files[path] = file;
  }
  return { name, files };
}

/** @param {File} manifest @returns {Promise<string[]>} */
async function namesIn(manifest) {
  try {
    const { tokenizer, shards } = JSON.parse(await manifest.text());
    return [tokenizer, ...shards].map(({ file }) => String(file));
  } catch {
    return [];
  }
}
