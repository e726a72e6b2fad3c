// @ts-check
// English. Every other language has the same keys.

export default {
  gallery: {
  },

  editor: {
  },

  settings: {
  },

  tasks: {
    try: "Try the example",
    tryHint: "Fills everything in and makes the picture. After that, change what you like and make another.",
    noExample: "The example could not be fetched. Check the connection and try again; your own pictures work without it.",
    guest: "From the example",
    filled: "The example has taken the place of what you gave.",
    undo: "Undo",
    empty: "Your picture appears here.",
    emptyHint: "Choose what you want to do, and try its example: it takes one click.",
  },

  offline: {
  },
};
