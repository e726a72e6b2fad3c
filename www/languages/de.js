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
    download: "Zuerst werden {mb} MB vom Modell geladen, einmal.",
    adviceLabel: "Gut zu wissen zu diesen Angaben",
    names: {
      caption: "Worte", semantics: "Stil", sketch: "Skizze", palette: "Farben", instances: "Dinge", depth: "Tiefe",
      intensity: "Licht und Schatten", masking: "Teil eines Bildes",
    },
    advice: {
      noWeight: "{name}: Das Gewicht ist 0, also zählt das nicht.",
      noStep: "{name}: Von und Bis liegen so nah beieinander, dass kein Schritt dazwischen fällt; also zählt das nicht.",
      emptyMask: "Nichts ist übermalt, also bleibt das Bild, wie es ist.",
      fullMask: "Das ganze Bild ist übermalt, also bleibt nichts davon.",
      onlyMask: "Nichts sagt, was aus dem übermalten Teil werden soll: Er wird geraten. Worte oder Farben helfen.",
      sameLayout: "{name} von Bild {picture}: Damit steht schon fest, wo alles ist. Was sonst von diesem Bild kommt ({others}), ändert wenig.",
      copy: "Alles kommt von Bild {picture}; das Ergebnis wird ihm sehr ähnlich. Nehmen Sie etwas von einem anderen Bild, oder schalten Sie etwas aus.",
      mixedWithItself: "{name}: Bild {picture} ist mit sich selbst gemischt, das ändert nichts.",
      mixedNothing: "{name}: Bei 0 % zählt nur Bild {other}, von Bild {picture} nichts.",
      mixedAll: "{name}: Bei 100 % zählt nur Bild {picture}, von Bild {other} nichts.",
      noGuidance: "„Away from“ bewirkt nichts, solange „Guidance“ 1 ist. Stellen Sie es höher.",
      noLocals: "„Away from“ meint die Zeichnungen, aber es gibt noch keine; also bewirkt es nichts.",
      bothWays: "{words} ist zugleich gewünscht und unerwünscht; das hebt sich auf. || {words} sind zugleich gewünscht und unerwünscht; das hebt sich auf.",
      onlyLight: "Nur das genaue Licht ist gegeben: Die Farben werden geraten. Worte oder Farben helfen.",
    },
  },

  offline: {
  },
};
