// @ts-check
// The chosen look, before anything is painted: a plain script that the head waits for. settings/appearance.js changes it.
{
  /** @param {string} key */
  const kept = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null; // No storage in this window: the device's own choice.
    }
  };
  const theme = kept("composer-theme");
  if (theme === "light" || theme === "dark") {
    document.documentElement.dataset.theme = theme;
    for (const meta of document.querySelectorAll("meta[name=theme-color]")) meta.setAttribute("media", meta.getAttribute("data-theme") === theme ? "all" : "not all");
  }
  if (kept("composer-motion") === "less") document.documentElement.dataset.motion = "less";
}
