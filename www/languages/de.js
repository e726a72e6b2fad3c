// @ts-check
// Deutsch. Same keys as en.js.

export default {
  gallery: {
  },

  editor: {
  },

  settings: {
  },

  tasks: {
    try: "Beispiel ausprobieren",
    tryHint: "Füllt alles aus und macht das Bild. Danach ändern Sie, was Sie mögen, und machen noch eines.",
    noExample: "Das Beispiel war nicht zu laden. Prüfen Sie die Verbindung und versuchen Sie es noch einmal; eigene Bilder gehen auch ohne.",
    guest: "Aus dem Beispiel",
    filled: "Das Beispiel steht jetzt an der Stelle Ihrer Angaben.",
    undo: "Rückgängig",
    empty: "Hier erscheint Ihr Bild.",
    emptyHint: "Wählen Sie, was Sie tun möchten, und probieren Sie das Beispiel aus: ein Klick genügt.",
  },

  offline: {
  },
};
