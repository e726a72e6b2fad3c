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
    download: "First {mb} MB of the model are downloaded, once.",
    adviceLabel: "Good to know about these inputs",
    names: {
      caption: "words", semantics: "style", sketch: "sketch", palette: "colours", instances: "things", depth: "depth",
      intensity: "light and shade", masking: "part of a picture",
    },
    advice: {
      noWeight: "{name}: the weight is 0, so this does not count.",
      noStep: "{name}: from and until lie so close together that none of the steps falls between them, so this does not count.",
      emptyMask: "Nothing is painted over, so the picture stays as it is.",
      fullMask: "All of the picture is painted over, so nothing of it stays.",
      onlyMask: "Nothing says what the painted part shall become: it will be a guess. Words or colours help.",
      sameLayout: "{name} of picture {picture} already tells where everything is; {others} of the same picture will add little.",
      copy: "Everything comes from picture {picture}, so the result will be much like it. Take something from another picture, or switch something off.",
      mixedWithItself: "{name}: picture {picture} is mixed with itself, which changes nothing.",
      mixedNothing: "{name}: at 0% only picture {other} counts, and nothing of picture {picture}.",
      mixedAll: "{name}: at 100% only picture {picture} counts, and nothing of picture {other}.",
      noGuidance: "“Away from” does nothing while guidance is 1. Raise it.",
      noLocals: "“Away from” speaks of drawings, but there is no drawing yet, so it does nothing.",
      bothWays: "{words} is both wanted and to be kept away from; the two cancel out. || {words} are both wanted and to be kept away from; the two cancel out.",
      onlyLight: "Exact light is all that is given: the colours will be a guess. Words or colours help.",
    },
  },

  offline: {
  },
};
