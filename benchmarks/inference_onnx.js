// A network of configs/ in ONNX Runtime, forward; run by `inference`.
//   node inference_onnx.js MODEL.onnx COUNT HEIGHT WIDTH THREADS
// For each line read, a number of seconds, it runs for about that long and prints
// "<ms per run> <peak memory in KiB>".
"use strict";
const path = require("path");
const readline = require("readline");
const interop = process.env.ADJOINT_INTEROP || path.join(__dirname, "..", "tests", "interop");
const ort = require(path.join(interop, "node_modules", "onnxruntime-node"));

async function main() {
  const [model, ...numbers] = process.argv.slice(2);
  const [count, height, width, threads] = numbers.map(Number);
  const options = { logSeverityLevel: 3, intraOpNumThreads: threads, graphOptimizationLevel: "all" };
  const session = await ort.InferenceSession.create(model, options);
  const pixels = new Float32Array(count * height * width).map(Math.random);
  const feed = { image: new ort.Tensor("float32", pixels, [count, 1, height, width]) };
  await session.run(feed);
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const start = performance.now();
    const elapsed = () => performance.now() - start;
    let times = 0;
    for (; times === 0 || elapsed() < Number(line) * 1e3; ++times) await session.run(feed);
    console.log(`${elapsed() / times} ${process.resourceUsage().maxRSS}`);
  }
}

main();
