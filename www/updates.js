// @ts-check
// The page without a network, and word of a newer version. A version is only announced: when to reload is the visitor's choice.

import { say } from "./language.js";
import { announce } from "./view/progress.js";

/** A page that is looked at again after so long asks whether there is a newer version. */
const AGAIN_MS = 10 * 60_000;

/** @typedef {{ version: string, bytes: number }} KeptPage */

/** The version that this page is, as far as it is known. @type {string | undefined} */ let version;
/** What is kept for use without a network. @type {KeptPage | undefined} */ let kept;

export const keptPage = () => kept;

/** @type {() => void} */ let onKeptPage = () => {};

/** @param {() => void} listener hears when it is known anew what is kept */
export const listenToKeptPage = (listener) => (onKeptPage = listener);

/** Last of all when the page starts, so that it takes nothing from the first picture. */
export async function keepUp() {
  if (!("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register("sw.js");
  } catch {
    return; // Not allowed here (a private window, say): the page works, only not offline.
  }
  let last = -Infinity;
  const check = async () => {
    last = performance.now();
    kept = await refreshed();
    onKeptPage();
    version ??= kept?.version;
    if (kept && kept.version !== version) offer();
  };
  addEventListener("online", () => void check());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && performance.now() - last > AGAIN_MS) void check();
  });
  await check();
}

/** Has the copies of the page brought up to date. @returns {Promise<KeptPage | undefined>} what they are then */
async function refreshed() {
  const { active } = await navigator.serviceWorker.ready;
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.addEventListener("message", ({ data }) => {
      port1.close();
      resolve(data);
    });
    port1.start();
    active?.postMessage("refresh", [port2]);
  });
}

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

function offer() {
  if (!element("update").hidden) return;
  element("update").hidden = false;
  element("update-reload").onclick = () => location.reload();
  element("update-later").onclick = () => (element("update").hidden = true);
  announce(say("offline.ready"));
}

/** @typedef {Event & { prompt: () => Promise<unknown>, userChoice: Promise<{ outcome: string }> }} InstallEvent */

/** @type {InstallEvent | undefined} */ let installable;
/** @type {(() => void) | undefined} */ let onInstallable;

addEventListener("beforeinstallprompt", (event) => {
  // The settings offer it instead of a bar of the browser's over the page.
  event.preventDefault();
  installable = /** @type {InstallEvent} */ (event);
  onInstallable?.();
});
addEventListener("appinstalled", () => {
  installable = undefined;
  onInstallable?.();
});

/** A button that is there while the browser can install the page. @param {HTMLButtonElement} button */
export function offerInstall(button) {
  onInstallable = () => (button.hidden = !installable);
  onInstallable();
  button.addEventListener("click", async () => {
    await installable?.prompt();
    installable = undefined;
    onInstallable?.();
  });
}
