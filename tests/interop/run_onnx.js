// Runs ONNX models in ONNX Runtime.
//   node run_onnx.js FOLDER
// FOLDER/cases.json lists {"name", "model", "input", "shape", "output"}: a model, 32-bit floats of its
// input with their shape, and the floats that its first output should be. Prints a line for each
// case: its name, a tab, and the largest difference or what went wrong.
"use strict";
const fs = require("fs");
const path = require("path");
const modules = process.env.ADJOINT_INTEROP || __dirname;
const ort = require(path.join(modules, "node_modules", "onnxruntime-node"));

function floats(file) {
  const bytes = fs.readFileSync(file);
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

async function difference(folder, { model, input, shape, output }) {
  const options = { logSeverityLevel: 3, intraOpNumThreads: 1 };
  const session = await ort.InferenceSession.create(path.join(folder, model), options);
  const feed = {};
  feed[session.inputNames[0]] = new ort.Tensor("float32", floats(path.join(folder, input)), shape);
  const got = (await session.run(feed))[session.outputNames[0]].data;
  const expected = floats(path.join(folder, output));
  if (got.length !== expected.length) return `${got.length} numbers instead of ${expected.length}`;
  let largest = 0;
  for (let i = 0; i < got.length; ++i) {
    const error = Math.abs(got[i] - expected[i]);
    if (!(error <= largest)) largest = error;
  }
  return String(largest);
}

async function main() {
  const folder = process.argv[2];
  for (const one of JSON.parse(fs.readFileSync(path.join(folder, "cases.json"), "utf8"))) {
    let line;
    try {
      line = await difference(folder, one);
    } catch (error) {
      line = String(error.message).replace(/\s+/g, " ");
    }
    console.log(`${one.name}\t${line}`);
  }
}

main();
