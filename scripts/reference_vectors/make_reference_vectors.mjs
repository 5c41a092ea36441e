// Prints, as JSON, what TensorFlow's layers compute: the cases that PyTorch cannot make as they
// are, because "same" and "valid" are TensorFlow's words. See README.md.
//
// {name: {source, type, layer, tensors: {input: {shape, data}, ...}}}; `layer` holds the layer's
// arguments as TOML. Kernels are TensorFlow's own arrays, which are ours too.

import { createRequire } from "node:module";
const tf = createRequire(process.cwd() + "/")("@tensorflow/tfjs");
await tf.setBackend("cpu");

// mulberry32: the same numbers on every machine.
function generator(name) {
  let state = [...name].reduce((hash, c) => (Math.imul(hash, 31) + c.charCodeAt(0)) | 0, 7);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

// Multiples of 1/8 in [-2, 2]: sums of their products are exact in float32.
function eighths(shape, random) {
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(Array.from({ length: size }, () => (Math.floor(random() * 33) - 16) / 8), shape);
}

// Every value once, so that each window has one maximum.
function distinct(shape, random, offset) {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Array.from({ length: size }, (_, i) => i / 64 + offset);
  for (let i = size - 1; i > 0; --i) {
    const j = Math.floor(random() * (i + 1));
    [values[i], values[j]] = [values[j], values[i]];
  }
  return tf.tensor(values, shape);
}

const toml = (settings) =>
  Object.entries(settings).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`).join("");
const stored = (tensor) => ({ shape: tensor.shape, data: Array.from(tensor.dataSync()) });

const cases = {};
function add(name, type, settings, tensors) {
  cases[name] = {
    source: `tfjs ${tf.version.tfjs}`,
    type,
    layer: toml(settings),
    tensors: Object.fromEntries(Object.entries(tensors).map(([key, t]) => [key, stored(t)])),
  };
}

// Output and gradients of f(...operands), named `names`, for a random output gradient.
function with_gradients(f, names, operands, random) {
  const output = f(...operands);
  const output_gradient = eighths(output.shape, random);
  const gradients = tf.grads(f)(operands, output_gradient);
  return {
    ...Object.fromEntries(names.map((name, i) => [name, operands[i]])),
    output,
    output_gradient,
    ...Object.fromEntries(names.map((name, i) => [name + "_gradient", gradients[i]])),
  };
}

function conv2d(name, input_shape, { filters, kernel_size, strides, padding, dilation_rate }) {
  const random = generator(name);
  const input = eighths(input_shape, random);
  const kernel = eighths([...kernel_size, input_shape[3], filters], random);
  const bias = eighths([filters], random);
  const dilation = dilation_rate ?? [1, 1];
  const f = (x, k, b) => tf.conv2d(x, k, strides, padding, "NHWC", dilation).add(b);
  const settings = { filters, kernel_size, strides, padding };
  if (dilation_rate) {  // tfjs has no gradient for it
    add(name, "Conv2D", { ...settings, dilation_rate },
        { input, kernel, bias, output: f(input, kernel, bias) });
  } else {
    add(name, "Conv2D", settings,
        with_gradients(f, ["input", "kernel", "bias"], [input, kernel, bias], random));
  }
}

function conv2d_transpose(name, input_shape, { filters, kernel_size, strides, padding }) {
  const random = generator(name);
  const input = eighths(input_shape, random);
  const kernel = eighths([...kernel_size, filters, input_shape[3]], random);
  const bias = eighths([filters], random);
  // The layer decides the output's size, and its values must be those that have gradients.
  const layer = tf.layers.conv2dTranspose({ filters, kernelSize: kernel_size, strides, padding });
  layer.build(input_shape);
  layer.setWeights([kernel, bias]);
  const output = layer.apply(input);
  const f = (x, k, b) => tf.conv2dTranspose(x, k, output.shape, strides, padding).add(b);
  if (output.sub(f(input, kernel, bias)).abs().max().dataSync()[0] !== 0) throw Error(name);
  add(name, "Conv2DTranspose", { filters, kernel_size, strides, padding },
      with_gradients(f, ["input", "kernel", "bias"], [input, kernel, bias], random));
}

function max_pooling2d(name, input_shape, offset, { pool_size, strides, padding }) {
  const random = generator(name);
  const input = distinct(input_shape, random, offset);
  const f = (x) => tf.maxPool(x, pool_size, strides, padding);
  add(name, "MaxPooling2D", { pool_size, strides, padding },
      with_gradients(f, ["input"], [input], random));
}

conv2d("conv2d_same", [2, 7, 10, 3],
       { filters: 4, kernel_size: [3, 5], strides: [2, 3], padding: "same" });
conv2d("conv2d_same_even_kernel", [2, 6, 9, 2],
       { filters: 3, kernel_size: [2, 4], strides: [1, 2], padding: "same" });
conv2d("conv2d_same_kernel_below_stride", [3, 8, 7, 2],
       { filters: 3, kernel_size: [1, 2], strides: [2, 3], padding: "same" });
conv2d("conv2d_same_dilated", [2, 9, 8, 2],
       { filters: 3, kernel_size: [3, 2], strides: [1, 1], padding: "same", dilation_rate: [2, 3] });
conv2d("conv2d_valid", [2, 9, 8, 3],
       { filters: 4, kernel_size: [4, 2], strides: [3, 2], padding: "valid" });
conv2d("conv2d_valid_kernel_below_stride", [2, 8, 9, 2],
       { filters: 3, kernel_size: [2, 1], strides: [3, 2], padding: "valid" });

conv2d_transpose("conv2d_transpose_same", [2, 4, 3, 3],
                 { filters: 2, kernel_size: [3, 5], strides: [2, 3], padding: "same" });
conv2d_transpose("conv2d_transpose_same_even_kernel", [2, 3, 4, 2],
                 { filters: 3, kernel_size: [4, 2], strides: [3, 2], padding: "same" });
conv2d_transpose("conv2d_transpose_same_stride_one", [2, 4, 5, 2],
                 { filters: 3, kernel_size: [2, 3], strides: [1, 1], padding: "same" });
conv2d_transpose("conv2d_transpose_same_kernel_below_stride", [2, 3, 4, 3],
                 { filters: 2, kernel_size: [2, 1], strides: [3, 2], padding: "same" });
conv2d_transpose("conv2d_transpose_valid", [2, 4, 3, 3],
                 { filters: 2, kernel_size: [3, 4], strides: [2, 3], padding: "valid" });
conv2d_transpose("conv2d_transpose_valid_even_kernel", [2, 3, 4, 2],
                 { filters: 3, kernel_size: [2, 4], strides: [1, 2], padding: "valid" });
conv2d_transpose("conv2d_transpose_valid_kernel_below_stride", [2, 3, 4, 3],
                 { filters: 2, kernel_size: [2, 1], strides: [3, 2], padding: "valid" });

max_pooling2d("max_pooling2d_valid", [2, 7, 9, 3], -2,
              { pool_size: [2, 3], strides: [2, 3], padding: "valid" });
max_pooling2d("max_pooling2d_valid_overlapping", [2, 7, 9, 2], -2,
              { pool_size: [3, 3], strides: [2, 2], padding: "valid" });
// All below zero: a padding of zeros would win.
max_pooling2d("max_pooling2d_same_overlapping", [2, 7, 10, 2], -10,
              { pool_size: [3, 3], strides: [2, 2], padding: "same" });
max_pooling2d("max_pooling2d_same", [2, 7, 5, 3], -10,
              { pool_size: [2, 2], strides: [3, 2], padding: "same" });

console.log(JSON.stringify(cases));
