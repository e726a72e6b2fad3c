// @ts-check
// Files through the browser's dialog.

/**
 * A button opens the dialog of a file input; what is chosen there is taken one file after the other.
 * @param {HTMLElement} button @param {HTMLInputElement} input @param {(file: File) => unknown} take says itself what goes wrong
 */
export function offerFiles(button, input, take) {
  button.addEventListener("click", () => input.click());
  input.addEventListener("change", async () => {
    const files = [...(input.files ?? [])];
    // The same file may be chosen again.
    input.value = "";
    for (const file of files) await take(file);
  });
}
