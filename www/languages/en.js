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
  },

  offline: {
  },
};
