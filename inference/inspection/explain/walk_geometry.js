"use strict";
// Geometry of a convolution and the numbers that it computes; nothing here knows the page.

// ---- Geometry -----------------------------------------------------------------------------------

const reachOf = (axis) => axis.dilation * (axis.kernel - 1) + 1;

/// Padding before and after along one axis, as the rule gives it for an image of that size.
function paddingOf(axis, image) {
  if (axis.padding === "valid") return [0, 0];
  if (axis.padding !== "same") return [axis.padding, axis.padding];
  const features = Math.ceil(image / axis.stride);
  const total = Math.max((features - 1) * axis.stride + reachOf(axis) - image, 0);
  return [Math.floor(total / 2), total - Math.floor(total / 2)];
}

function featuresOf(axis, image) {
  const [before, after] = paddingOf(axis, image);
  const room = image + before + after - reachOf(axis);
  return room < 0 ? 0 : Math.floor(room / axis.stride) + 1;
}

/// The image that a transposed convolution makes of so many features.
function imageOf(axis, features) {
  const { stride, outputPadding } = axis,
    reach = reachOf(axis);
  const explicit = (zeros, extra) => (features - 1) * stride + reach - 2 * zeros + extra;
  if (axis.padding === "same")
    return outputPadding === null ? features * stride : explicit(Math.floor(reach / 2), outputPadding);
  if (axis.padding === "valid")
    return outputPadding === null ? features * stride + Math.max(reach - stride, 0) : explicit(0, outputPadding);
  return explicit(axis.padding, outputPadding ?? 0);
}

/// {image, features, before, after, ...} of one axis, or {error}.
function spanOf(axis, direction, input) {
  const image = direction === "conv" ? input : imageOf(axis, input);
  if (image < 1) return { error: `The image would have size ${image}: take less padding or a larger kernel.` };
  const [before, after] = paddingOf(axis, image),
    features = featuresOf(axis, image);
  if (features < 1)
    return {
      error: `A kernel that spans ${reachOf(axis)} does not fit into ${image} with padding ${before} and ${after}.`,
    };
  if (direction === "transpose" && features !== input)
    return { error: `No image of size ${image} has ${input} features: choose another output padding.` };
  const smallest = (features - 1) * axis.stride + reachOf(axis) - before - after;
  return { ...axis, image, features, before, after, extra: image - smallest };
}

function geometryOf(state) {
  const spans = [0, 1].map((i) =>
    spanOf(
      {
        kernel: state.kernel[i],
        stride: state.stride[i],
        dilation: state.dilation[i],
        padding: state.padding,
        outputPadding: state.direction === "transpose" && state.outputPadding ? state.outputPadding[i] : null,
      },
      state.direction,
      state.input[i],
    ),
  );
  const error = spans.map((span) => span.error).find(Boolean);
  return error ? { error } : { rows: spans[0], columns: spans[1] };
}

// ---- Numbers ------------------------------------------------------------------------------------

/// A plane of numbers (rows x columns x channels), the channel innermost.
const plane = (rows, columns, channels, value = () => 0) => {
  const data = new Float64Array(rows * columns * channels);
  for (let y = 0, i = 0; y < rows; ++y)
    for (let x = 0; x < columns; ++x) for (let c = 0; c < channels; ++c) data[i++] = value(y, x, c);
  return { rows, columns, channels, data, at: (y, x, c) => data[(y * columns + x) * channels + c] };
};

/// Digits that look random and are the same every time.
const scrambled = (n) => (Math.imul(n + 1, 2654435761) >>> 8) % 10;

function numbersOf(kind, rows, columns, channel) {
  const middle = [Math.floor((rows - 1) / 2), Math.floor((columns - 1) / 2)];
  return (y, x) => {
    if (kind === "ones") return 1;
    if (kind === "spot") return y === middle[0] && x === middle[1] ? 1 : 0;
    const i = y * columns + x;
    if (kind === "random") return scrambled(i + 97 * channel);
    return channel === 0 ? i + 1 : ((i + 3 * channel) % (rows * columns)) + 1;
  };
}

/// Calls visit(feature row, feature column, image row, image column, kernel row, kernel column) for all that meet.
function forEachMeeting(g, visit) {
  for (let fy = 0; fy < g.rows.features; ++fy)
    for (let fx = 0; fx < g.columns.features; ++fx)
      forEachTap(g, fy, fx, (y, x, ky, kx) => visit(fy, fx, y, x, ky, kx));
}

/// The taps of one feature's window that lie on the image.
function forEachTap(g, fy, fx, visit) {
  for (let ky = 0; ky < g.rows.kernel; ++ky) {
    const y = fy * g.rows.stride + ky * g.rows.dilation - g.rows.before;
    if (y < 0 || y >= g.rows.image) continue;
    for (let kx = 0; kx < g.columns.kernel; ++kx) {
      const x = fx * g.columns.stride + kx * g.columns.dilation - g.columns.before;
      if (x >= 0 && x < g.columns.image) visit(y, x, ky, kx);
    }
  }
}

/// kernel(ky, kx, image channel, feature channel), and everything that comes of it.
function compute(state) {
  const g = geometryOf(state);
  if (g.error) return g;
  const C = state.imageChannels,
    F = state.featureChannels,
    conv = state.direction === "conv";
  const weights = [];
  for (let c = 0; c < C; ++c)
    for (let f = 0; f < F; ++f) weights.push(numbersOf(state.weights, g.rows.kernel, g.columns.kernel, c * F + f));
  const kernel = (ky, kx, c, f) => weights[c * F + f](ky, kx);
  const bias = (channel) => (state.bias ? channel + 1 : 0);
  const given = (rows, columns, channels) => {
    const fill = Array.from({ length: channels }, (_, c) => numbersOf(state.values, rows, columns, c));
    return plane(rows, columns, channels, (y, x, c) => fill[c](y, x));
  };
  let image, features;
  if (conv) {
    image = given(g.rows.image, g.columns.image, C);
    features = plane(g.rows.features, g.columns.features, F, (y, x, f) => bias(f));
  } else {
    features = given(g.rows.features, g.columns.features, F);
    image = plane(g.rows.image, g.columns.image, C, (y, x, c) => bias(c));
  }
  const overlap = plane(g.rows.image, g.columns.image, 1);
  forEachMeeting(g, (fy, fx, y, x, ky, kx) => {
    overlap.data[y * g.columns.image + x] += 1;
    for (let c = 0; c < C; ++c) {
      for (let f = 0; f < F; ++f) {
        const i = (y * image.columns + x) * C + c,
          j = (fy * features.columns + fx) * F + f;
        if (conv) features.data[j] += image.data[i] * kernel(ky, kx, c, f);
        else image.data[i] += features.data[j] * kernel(ky, kx, c, f);
      }
    }
  });
  return { g, conv, kernel, bias, image, features, overlap };
}
