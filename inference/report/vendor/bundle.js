// Writes LICENSE, with the licences of all packages of which the bundle has a part, and plot.min.js, which begins with
// them: every page that holds the code holds its licences.
import { readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const result = await build({
  entryPoints: ["plot.js"],
  bundle: true,
  minify: true,
  format: "iife",
  globalName: "Plot",
  legalComments: "none",
  metafile: true,
  write: false,
});

const packages = new Set();
for (const [file, { bytesInOutput }] of Object.entries(Object.values(result.metafile.outputs)[0].inputs)) {
  const found = file.match(/node_modules\/((@[^/]+\/)?[^/]+)/);
  if (found && bytesInOutput > 0) packages.add(found[1]);
}
const licences = new Map(); // text -> packages
for (const name of [...packages].sort()) {
  const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`));
  const text = readFileSync(`node_modules/${name}/LICENSE`, "utf8").trim();
  licences.set(text, [...(licences.get(text) ?? []), `${name} ${version}`]);
}
let text = "plot.min.js holds parts of the packages below, each under its own licence.\n";
for (const [licence, names] of licences) text += `\n${"-".repeat(72)}\n${names.join(", ")}\n\n${licence}\n`;
writeFileSync("LICENSE", text);
writeFileSync("plot.min.js", `/*!\n${text.replaceAll("*/", "* /")}*/\n${result.outputFiles[0].text}`);
