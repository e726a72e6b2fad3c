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
  },

  offline: {
  },
};
