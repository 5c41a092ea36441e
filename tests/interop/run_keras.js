// Runs Keras models in HDF5 files in TensorFlow.js.
//   node run_keras.js FOLDER
// FOLDER/cases.json lists {"name", "model", "input", "shape", "output"}: a model, 32-bit floats of its
// input with their shape, and the floats that its output should be. Prints a line for each case: its
// name, a tab, and the largest difference or what went wrong.
"use strict";
const fs = require("fs");
const path = require("path");
const modules = path.join(process.env.ADJOINT_INTEROP || __dirname, "node_modules");
console.log = () => {}; // TensorFlow.js recommends its other package there
console.warn = () => {};
const tf = require(path.join(modules, "@tensorflow", "tfjs"));

// What TensorFlow.js's layers leave out, by TensorFlow's own functions.
function completeLayers() {
  // Keras's sizes: deconv_output_length.
  const size = (input, kernel, stride, padding, extra) => {
    if (extra === undefined)
      return input * stride + (padding === "same" ? 0 : Math.max(kernel - stride, 0));
    return (input - 1) * stride + kernel - (padding === "same" ? 2 * Math.floor(kernel / 2) : 0) + extra;
  };
  const transposed = tf.layers.conv2dTranspose({ filters: 1, kernelSize: 1 }).constructor;
  transposed.fromConfig = (type, config) => {
    const layer = new type(config);
    layer.extra = config.outputPadding || [undefined, undefined];
    return layer;
  };
  tf.serialization.registerClass(transposed);
  const outputShape = (layer, shape) => {
    const side = (axis) => size(shape[axis], layer.kernelSize[axis - 1], layer.strides[axis - 1],
                                layer.padding, layer.extra[axis - 1]);
    return [shape[0], side(1), side(2), layer.filters];
  };
  transposed.prototype.computeOutputShape = function (shape) {
    return shape[1] === null ? [shape[0], null, null, this.filters] : outputShape(this, shape);
  };
  transposed.prototype.call = function (inputs) {
    return tf.tidy(() => {
      const x = Array.isArray(inputs) ? inputs[0] : inputs;
      let y = tf.conv2dTranspose(x, this.kernel.read(), outputShape(this, x.shape), this.strides,
                                 this.padding);
      if (this.bias) y = tf.add(y, this.bias.read());
      return this.activation ? this.activation.apply(y) : y;
    });
  };
  const upSampling = tf.layers.upSampling2d({}).constructor;
  const nearest = upSampling.prototype.call;
  upSampling.prototype.call = function (inputs) {
    if (this.interpolation !== "bilinear") return nearest.call(this, inputs);
    const x = Array.isArray(inputs) ? inputs[0] : inputs;
    const extents = [x.shape[1] * this.size[0], x.shape[2] * this.size[1]];
    return tf.image.resizeBilinear(x, extents, false, true);
  };
}

function floats(file) {
  const bytes = fs.readFileSync(file);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

// A model's description and weights, as TensorFlow.js takes them.
function artifacts(h5wasm, file) {
  const hdf5 = new h5wasm.File(file, "r");
  const weightSpecs = [];
  const parts = [];
  const group = hdf5.get("model_weights");
  for (const layer of group.attrs["layer_names"].value) {
    for (const name of group.get(layer).attrs["weight_names"].value || []) {
      const dataset = group.get(layer).get(name);
      weightSpecs.push({ name: name.replace(/:0$/, ""), shape: dataset.shape, dtype: "float32" });
      parts.push(Buffer.from(Float32Array.from(dataset.value).buffer));
    }
  }
  const model_config = JSON.parse(hdf5.attrs["model_config"].value);
  hdf5.close();
  return {
    modelTopology: { model_config, keras_version: "2.12.0", backend: "tensorflow" },
    weightSpecs,
    weightData: new Uint8Array(Buffer.concat(parts)).buffer,
  };
}

async function difference(h5wasm, folder, { model, input, shape, output }) {
  const net = await tf.loadLayersModel(
    tf.io.fromMemory(artifacts(h5wasm, path.resolve(folder, model))));
  const got = await net.predict(tf.tensor(floats(path.join(folder, input)), shape)).data();
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
  const h5wasm = (await import(path.join(modules, "h5wasm", "dist", "node", "hdf5_hl.js"))).default;
  await h5wasm.ready;
  completeLayers();
  const folder = process.argv[2];
  for (const one of JSON.parse(fs.readFileSync(path.join(folder, "cases.json"), "utf8"))) {
    let line;
    try {
      line = await difference(h5wasm, folder, one);
    } catch (error) {
      line = String(error.message).replace(/\s+/g, " ").slice(0, 300);
    }
    process.stdout.write(`${one.name}\t${line}\n`);
    tf.disposeVariables();
  }
}

main();
