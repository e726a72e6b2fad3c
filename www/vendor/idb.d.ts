// `cargo xtask build` puts idb.js and its licence here; package.json names the version.
export * from "idb";
