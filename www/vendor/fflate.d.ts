// `cargo xtask build` puts fflate.js and its licence here; package.json names the version.
export * from "fflate";
