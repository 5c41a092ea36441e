"use strict";
// The page of one convolution: everything is computed anew from `state` whenever a control changes.
// Names of the two sides never turn round: Conv2D goes from image to features, Conv2DTranspose back.

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
  const { stride, outputPadding } = axis, reach = reachOf(axis);
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
  const [before, after] = paddingOf(axis, image), features = featuresOf(axis, image);
  if (features < 1) return { error: `A kernel that spans ${reachOf(axis)} does not fit into ${image} with padding ${before} and ${after}.` };
  if (direction === "transpose" && features !== input)
    return { error: `No image of size ${image} has ${input} features: choose another output padding.` };
  const smallest = (features - 1) * axis.stride + reachOf(axis) - before - after;
  return { ...axis, image, features, before, after, extra: image - smallest };
}

function geometryOf(state) {
  const spans = [0, 1].map((i) => spanOf({
    kernel: state.kernel[i], stride: state.stride[i], dilation: state.dilation[i], padding: state.padding,
    outputPadding: state.direction === "transpose" && state.outputPadding ? state.outputPadding[i] : null,
  }, state.direction, state.input[i]));
  const error = spans.map((span) => span.error).find(Boolean);
  return error ? { error } : { rows: spans[0], columns: spans[1] };
}

// ---- Numbers ------------------------------------------------------------------------------------

/// A plane of numbers (rows x columns x channels), the channel innermost.
const plane = (rows, columns, channels, value = () => 0) => {
  const data = new Float64Array(rows * columns * channels);
  for (let y = 0, i = 0; y < rows; ++y)
    for (let x = 0; x < columns; ++x)
      for (let c = 0; c < channels; ++c) data[i++] = value(y, x, c);
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
    return channel === 0 ? i + 1 : (i + 3 * channel) % (rows * columns) + 1;
  };
}

/// Calls visit(feature row, feature column, image row, image column, kernel row, kernel column) for all that meet.
function forEachMeeting(g, visit) {
  for (let fy = 0; fy < g.rows.features; ++fy)
    for (let fx = 0; fx < g.columns.features; ++fx) forEachTap(g, fy, fx, (y, x, ky, kx) => visit(fy, fx, y, x, ky, kx));
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
  const C = state.imageChannels, F = state.featureChannels, conv = state.direction === "conv";
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
        const i = (y * image.columns + x) * C + c, j = (fy * features.columns + fx) * F + f;
        if (conv) features.data[j] += image.data[i] * kernel(ky, kx, c, f);
        else image.data[i] += features.data[j] * kernel(ky, kx, c, f);
      }
    }
  });
  return { g, conv, kernel, bias, image, features, overlap };
}

// ---- State --------------------------------------------------------------------------------------

const start = JSON.parse(document.getElementById("data").textContent);
const state = {
  values: "count", weights: "count", imageChannels: 1, featureChannels: 1, bias: false, step: 0,
  shownImage: 0, shownFeature: 0, picked: null, ...start.settings,
};
const byId = (id) => document.getElementById(id);
let model = compute(state);
let timer = null;

const text = (value) => {
  const short = Number.isInteger(value) ? String(value) : value.toFixed(2);
  return short.replace("-", "\u2212");
};
const element = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};
const stepCount = () => model.g.rows.features * model.g.columns.features;
const stepPosition = () => [Math.floor(state.step / model.g.columns.features), state.step % model.g.columns.features];

// ---- Controls -----------------------------------------------------------------------------------

const kSliders = [["input", 1, 10], ["kernel", 1, 6], ["stride", 1, 4], ["dilation", 1, 3]];
const square = () => byId("square").checked;

function makeSliders() {
  for (const [key, least, most] of kSliders) {
    for (const axis of [0, 1]) {
      const slider = element("input", { type: "range", id: `${key}-${axis}`, min: least, max: Math.max(most, state[key][axis]), value: state[key][axis] });
      slider.addEventListener("input", () => {
        state[key][axis] = Number(slider.value);
        if (square()) state[key][1 - axis] = state[key][axis];
        changed();
      });
      byId("sliders").append(element("label", { id: `${key}-${axis}-label` }, element("span", { id: `${key}-${axis}-name` }), slider, element("output", { id: `${key}-${axis}-value` })));
    }
  }
}

function showControls() {
  const side = state.direction === "conv" ? "image" : "features";
  for (const [key] of kSliders) {
    for (const axis of [0, 1]) {
      const name = key === "input" ? side : key;
      byId(`${key}-${axis}`).value = state[key][axis];
      byId(`${key}-${axis}-value`).textContent = state[key][axis];
      byId(`${key}-${axis}-label`).hidden = axis === 1 && square();
      byId(`${key}-${axis}-name`).textContent = square() ? name : `${name} ${axis ? "columns" : "rows"}`;
    }
  }
  for (const radio of document.getElementsByName("direction")) radio.checked = radio.value === state.direction;
  const zeros = String(state.padding);
  if (![...byId("padding").options].some((option) => option.value === zeros)) byId("padding").append(new Option(`${zeros} zeros`, zeros));
  byId("padding").value = zeros;
  const most = Math.min(...state.stride), extra = state.outputPadding ? Math.min(...state.outputPadding) : null;
  byId("output-padding-label").hidden = state.direction === "conv";
  byId("output-padding").replaceChildren(new Option("default", ""), ...Array.from({ length: most }, (_, i) => new Option(i, i)));
  byId("output-padding").value = extra ?? "";
  for (const [id, key] of [["values", "values"], ["weights", "weights"], ["image-channels", "imageChannels"], ["feature-channels", "featureChannels"]]) byId(id).value = state[key];
  byId("bias").checked = state.bias;
}

function changed() {
  model = compute(state);
  state.picked = null;
  byId("error").hidden = !model.error;
  byId("error").textContent = model.error ?? "";
  for (const section of document.querySelectorAll("main section")) section.hidden = Boolean(model.error);
  showControls();
  if (model.error) return pause();
  state.shownImage = Math.min(state.shownImage, state.imageChannels - 1);
  state.shownFeature = Math.min(state.shownFeature, state.featureChannels - 1);
  state.step = Math.min(state.step, stepCount() - 1);
  byId("step").max = stepCount() - 1;
  showFormula();
  showChannels();
  showOverlap();
  showPictures();
  showStep();
}

function goTo(step) {
  state.step = Math.max(0, Math.min(stepCount() - 1, step));
  state.picked = null;
  showStep();
}

function pause() {
  clearTimeout(timer);
  timer = null;
  byId("play").textContent = "Play";
}

function play() {
  byId("play").textContent = "Pause";
  const tick = () => {
    if (state.step >= stepCount() - 1) return pause();
    goTo(state.step + 1);
    timer = setTimeout(tick, 2400 / Number(byId("speed").value));
  };
  if (state.step >= stepCount() - 1) goTo(0);
  timer = setTimeout(tick, 2400 / Number(byId("speed").value));
}

/// The other layer over the same geometry.
function swap() {
  if (model.error) return;
  const { rows, columns } = model.g, toTranspose = state.direction === "conv";
  state.direction = toTranspose ? "transpose" : "conv";
  state.input = toTranspose ? [rows.features, columns.features] : [rows.image, columns.image];
  state.outputPadding = null;
  if (toTranspose && (geometryOf(state).error || geometryOf(state).rows.image !== rows.image || geometryOf(state).columns.image !== columns.image)) {
    for (let extra = 0; extra < Math.min(...state.stride); ++extra) {
      const g = geometryOf({ ...state, outputPadding: [extra, extra] });
      if (!g.error && g.rows.image === rows.image && g.columns.image === columns.image) state.outputPadding = [extra, extra];
    }
  }
  if (state.input[0] !== state.input[1]) byId("square").checked = false;
  changed();
}

// ---- The walk -----------------------------------------------------------------------------------

function showFormula() {
  const line = (name, a) => model.conv
    ? `${name}  floor((${a.image} + ${a.before} + ${a.after} - ${a.dilation}*(${a.kernel} - 1) - 1) / ${a.stride}) + 1 = ${a.features}`
    : `${name}  (${a.features} - 1)*${a.stride} + ${a.dilation}*(${a.kernel} - 1) + 1 - ${a.before} - ${a.after} + ${a.extra} = ${a.image}`;
  const head = model.conv
    ? "features = floor((image + padding before + after - dilation*(kernel - 1) - 1) / stride) + 1"
    : "image = (features - 1)*stride + dilation*(kernel - 1) + 1 - padding before - after + output padding";
  byId("formula").textContent = [head, line("rows   ", model.g.rows), line("columns", model.g.columns)].join("\n");
}

function showChannels() {
  const pick = (name, key, count) => {
    if (count === 1) return [];
    const select = element("select", {}, ...Array.from({ length: count }, (_, i) => new Option(i + 1, i)));
    select.value = state[key];
    select.addEventListener("change", () => { state[key] = Number(select.value); showStep(); });
    return [element("label", {}, `shown ${name} channel `, select)];
  };
  byId("channels").replaceChildren(...pick("image", "shownImage", state.imageChannels), ...pick("feature", "shownFeature", state.featureChannels));
}

/// A grid of cells. cell(y, x) gives {text, classes, weight, label, click}.
function gridOf(title, rows, columns, size, cell) {
  const grid = element("div", { className: "grid" });
  grid.style.setProperty("--columns", columns);
  grid.style.setProperty("--cell", `${size}px`);
  for (let y = 0; y < rows; ++y) {
    for (let x = 0; x < columns; ++x) {
      const shown = cell(y, x);
      const made = element(shown.click ? "button" : "span", { className: `cell ${shown.classes ?? ""}`, textContent: shown.text });
      if (shown.click) {
        made.type = "button";
        made.addEventListener("click", shown.click);
        made.setAttribute("aria-label", shown.label);
        made.dataset.place = `${y},${x}`;
      }
      if (shown.weight !== undefined) made.dataset.weight = `\u00d7${shown.weight}`;
      if (shown.text.length > 3) made.style.setProperty("--size", `${size * Math.min(0.36, 1.35 / shown.text.length)}px`);
      grid.append(made);
    }
  }
  return element("div", {}, element("h3", { textContent: title }), element("div", { className: "gridbox" }, grid));
}

/// The image as the steps up to now have made it: stamps that come later are not there yet.
function imageSoFar(c) {
  if (model.conv) return (y, x) => model.image.at(y, x, c);
  const sums = new Map();
  for (let i = 0; i <= state.step; ++i) {
    const fy = Math.floor(i / model.g.columns.features), fx = i % model.g.columns.features;
    forEachTap(model.g, fy, fx, (y, x, ky, kx) => {
      let sum = 0;
      for (let f = 0; f < state.featureChannels; ++f) sum += model.features.at(fy, fx, f) * model.kernel(ky, kx, c, f);
      sums.set(`${y},${x}`, (sums.get(`${y},${x}`) ?? 0) + sum);
    });
  }
  return (y, x) => model.bias(c) + (sums.get(`${y},${x}`) ?? 0);
}

function showStep() {
  const { g, conv } = model, [fy, fx] = stepPosition(), c = state.shownImage, f = state.shownFeature;
  byId("step").value = state.step;
  byId("step-text").textContent = `${state.step + 1} of ${stepCount()}`;
  const height = g.rows.image + g.rows.before + g.rows.after, width = g.columns.image + g.columns.before + g.columns.after;
  const size = Math.max(26, Math.min(44, Math.floor(600 / Math.max(width, g.rows.features, 6))));
  const taps = new Map();
  for (let ky = 0; ky < g.rows.kernel; ++ky)
    for (let kx = 0; kx < g.columns.kernel; ++kx) taps.set(`${fy * g.rows.stride + ky * g.rows.dilation},${fx * g.columns.stride + kx * g.columns.dilation}`, text(model.kernel(ky, kx, c, f)));
  const meetings = state.picked ? meetingsOf(state.picked) : [];
  const pickedHere = (side, y, x) => state.picked && (conv ? side === "features" : side === "image") && state.picked[0] === y && state.picked[1] === x;
  const contributes = (key, y, x) => meetings.some((m) => m[key][0] === y && m[key][1] === x);
  const value = imageSoFar(c);
  const channel = (name, shown, count) => (count > 1 ? `${name}, channel ${shown + 1}` : name);
  const image = gridOf(`${channel("image", c, state.imageChannels)}: ${g.rows.image}\u00d7${g.columns.image}${height > g.rows.image || width > g.columns.image ? " in its padding" : ""}`, height, width, size, (py, px) => {
    const y = py - g.rows.before, x = px - g.columns.before;
    const outside = y < 0 || y >= g.rows.image || x < 0 || x >= g.columns.image;
    const weight = state.picked ? undefined : taps.get(`${py},${px}`);
    const number = outside ? 0 : value(y, x);
    const classes = [outside ? "pad" : number === 0 ? "zero" : "", weight !== undefined ? "tap" : "", pickedHere("image", y, x) ? "pick" : "",
      conv && !outside && contributes("image", y, x) ? "tap" : ""].join(" ");
    const shown = { text: outside && !conv ? "" : text(number), classes, weight };
    if (!conv && !outside) Object.assign(shown, { click: () => pickOutput(y, x), label: `image row ${y + 1}, column ${x + 1}: ${text(number)}` });
    return shown;
  });
  const kernel = gridOf(`kernel ${g.rows.kernel}\u00d7${g.columns.kernel}${state.imageChannels * state.featureChannels > 1 ? ` of image channel ${c + 1} and feature channel ${f + 1}` : ""}`, g.rows.kernel, g.columns.kernel, size,
    (ky, kx) => ({ text: text(model.kernel(ky, kx, c, f)), classes: contributes("tap", ky, kx) ? "pick" : "" }));
  const features = gridOf(`${channel("features", f, state.featureChannels)}: ${g.rows.features}\u00d7${g.columns.features}`, g.rows.features, g.columns.features, size, (y, x) => {
    const done = !conv || y * g.columns.features + x <= state.step;
    const here = y === fy && x === fx && !state.picked;
    const shown = { text: done ? text(model.features.at(y, x, f)) : "", classes: [here ? "now" : "", pickedHere("features", y, x) ? "pick" : "", !conv && contributes("feature", y, x) ? "tap" : ""].join(" ") };
    if (conv) Object.assign(shown, { click: () => { goTo(y * g.columns.features + x); pickOutput(y, x); }, label: `feature row ${y + 1}, column ${x + 1}` });
    return shown;
  });
  const focused = document.activeElement?.dataset?.place;
  byId("grids").replaceChildren(...(conv ? [image, kernel, features] : [features, kernel, image]));
  if (focused) byId("grids").querySelector(`button[data-place="${focused}"]`)?.focus();
  showSums();
  showPicked();
  showMatrix();
}

/// Lines of a sum, a line for each row of the kernel.
const sumLines = (terms, columns) => {
  const lines = [];
  for (let i = 0; i < terms.length; i += columns) lines.push((i ? "+ " : "  ") + terms.slice(i, i + columns).join(" + "));
  return lines;
};
const sumOf = (lines, value) => element("div", { className: "sum" }, lines.join("\n") + "\n= ", element("b", { textContent: text(value) }));

function showSums() {
  const { g, conv } = model, [fy, fx] = stepPosition(), c = state.shownImage, f = state.shownFeature;
  if (conv) {
    const lines = [];
    for (let channel = 0; channel < state.imageChannels; ++channel) {
      const terms = [];
      for (let ky = 0; ky < g.rows.kernel; ++ky) {
        for (let kx = 0; kx < g.columns.kernel; ++kx) {
          const y = fy * g.rows.stride + ky * g.rows.dilation - g.rows.before, x = fx * g.columns.stride + kx * g.columns.dilation - g.columns.before;
          const pixel = y < 0 || y >= g.rows.image || x < 0 || x >= g.columns.image ? 0 : model.image.at(y, x, channel);
          terms.push(`${text(pixel)}\u00b7${text(model.kernel(ky, kx, channel, f))}`);
        }
      }
      if (state.imageChannels > 1) lines.push(`image channel ${channel + 1}:`);
      lines.push(...sumLines(terms, g.columns.kernel));
    }
    if (state.bias) lines.push(`+ ${text(model.bias(f))} (bias)`);
    return byId("sums").replaceChildren(element("p", { textContent: "The window's pixels times the kernel, added up:" }), sumOf(lines, model.features.at(fy, fx, f)));
  }
  const lines = [];
  for (let ky = 0; ky < g.rows.kernel; ++ky) {
    const terms = [];
    for (let kx = 0; kx < g.columns.kernel; ++kx) {
      const weight = model.kernel(ky, kx, c, f), feature = model.features.at(fy, fx, f);
      terms.push(`${text(feature)}\u00b7${text(weight)} = ${text(feature * weight)}`);
    }
    lines.push(terms.join("   "));
  }
  const more = state.featureChannels > 1 ? ` of feature channel ${f + 1}` : "";
  byId("sums").replaceChildren(element("p", { textContent: `The feature ${text(model.features.at(fy, fx, f))}${more} stamps the kernel, times itself, and the image adds the stamp:` }),
    element("div", { className: "sum", textContent: lines.join("\n") }));
}

// ---- One number of the output -------------------------------------------------------------------

function pickOutput(y, x) {
  state.picked = state.picked && state.picked[0] === y && state.picked[1] === x ? null : [y, x];
  if (!model.conv && state.picked) state.step = stepCount() - 1;
  pause();
  showStep();
}

/// All that one number of the output adds up: {image, feature, tap}.
function meetingsOf([oy, ox]) {
  const found = [];
  forEachMeeting(model.g, (fy, fx, y, x, ky, kx) => {
    if (model.conv ? fy === oy && fx === ox : y === oy && x === ox) found.push({ image: [y, x], feature: [fy, fx], tap: [ky, kx] });
  });
  return found;
}

function showPicked() {
  byId("picked-hint").textContent = model.conv
    ? "Choose a feature in the grid above: it sees these pixels, each through one weight of the kernel."
    : "Choose a pixel of the image in the grid above: these features reach it, each through one weight of the kernel.";
  if (!state.picked) return byId("picked").replaceChildren();
  const terms = [];
  let sum = model.bias(model.conv ? state.shownFeature : state.shownImage);
  for (const { image, feature, tap } of meetingsOf(state.picked)) {
    const inner = model.conv ? state.imageChannels : state.featureChannels;
    for (let i = 0; i < inner; ++i) {
      const c = model.conv ? i : state.shownImage, f = model.conv ? state.shownFeature : i;
      const value = model.conv ? model.image.at(...image, c) : model.features.at(...feature, f), weight = model.kernel(...tap, c, f);
      terms.push(`${text(value)}\u00b7${text(weight)}`);
      sum += value * weight;
    }
  }
  if (state.bias) terms.push(`${text(model.bias(model.conv ? state.shownFeature : state.shownImage))} (bias)`);
  const [y, x] = state.picked, side = model.conv ? "Feature" : "Pixel";
  byId("picked").replaceChildren(element("p", { textContent: `${side} in row ${y + 1}, column ${x + 1}: ${terms.length || "no"} ${terms.length === 1 ? "term" : "terms"}` }),
    sumOf(terms.length ? sumLines(terms, 6) : ["0"], sum));
}

// ---- Matrix and overlap -------------------------------------------------------------------------

function showMatrix() {
  const { g, conv } = model, pixels = g.rows.image * g.columns.image, features = stepCount();
  const rows = conv ? features : pixels, columns = conv ? pixels : features;
  const cell = Math.max(4, Math.min(24, Math.floor(430 / columns), Math.floor(680 / rows))), c = state.shownImage, f = state.shownFeature;
  const parts = [`<svg width="${columns * cell + 2}" height="${rows * cell + 2}" viewBox="-1 -1 ${columns * cell + 2} ${rows * cell + 2}" font-size="${Math.min(12, cell * 0.5)}">`];
  forEachMeeting(g, (fy, fx, y, x, ky, kx) => {
    const weight = model.kernel(ky, kx, c, f);
    if (weight === 0) return;
    const feature = fy * g.columns.features + fx, pixel = y * g.columns.image + x;
    const top = (conv ? feature : pixel) * cell, left = (conv ? pixel : feature) * cell;
    parts.push(`<rect class="entry" x="${left}" y="${top}" width="${cell}" height="${cell}"/>`);
    if (cell >= 12) parts.push(`<text x="${left + cell / 2}" y="${top + cell / 2}">${text(weight)}</text>`);
  });
  parts.push(`<rect class="frame" x="0" y="0" width="${columns * cell}" height="${rows * cell}"/>`);
  // The step is one feature: a row of A, a column of its transpose.
  parts.push(conv ? `<rect class="line" x="0" y="${state.step * cell}" width="${columns * cell}" height="${cell}"/>`
    : `<rect class="line" x="${state.step * cell}" y="0" width="${cell}" height="${rows * cell}"/>`);
  byId("matrix").innerHTML = parts.join("") + "</svg>";
  byId("matrix").setAttribute("aria-label", `matrix of ${rows} rows and ${columns} columns`);
  const channels = state.imageChannels * state.featureChannels > 1 ? ` This is the block of image channel ${c + 1} and feature channel ${f + 1}.` : "";
  byId("matrix-text").textContent = (conv
    ? `A has a row for each feature and a column for each pixel: features = A image. The marked row is this step's window, laid out along the image. Its transpose is the matrix of Conv2DTranspose, and of the gradient of this layer's input.`
    : `A\u1d40 has a row for each pixel and a column for each feature: image = A\u1d40 features. The marked column is this step's stamp. Its transpose A is the matrix of Conv2D, and of the gradient of this layer's input.`) + channels;
}

/// Kernel taps that pixels inside the image get, by their place in the stride.
function tapsByPlace(axis) {
  const taps = new Array(axis.stride).fill(0);
  for (let tap = 0; tap < axis.kernel; ++tap) taps[tap * axis.dilation % axis.stride] += 1;
  return taps;
}

function showOverlap() {
  const { g, overlap } = model, most = Math.max(...overlap.data);
  const size = Math.max(22, Math.min(36, Math.floor(520 / g.columns.image)));
  const grid = gridOf(model.conv ? "features that see each pixel" : "stamps that reach each pixel", g.rows.image, g.columns.image, size, (y, x) => ({ text: text(overlap.at(y, x, 0)) }));
  grid.querySelectorAll(".cell").forEach((cell, i) => { cell.style.background = `rgba(var(--shade), ${0.55 * overlap.data[i] / Math.max(most, 1)})`; });
  byId("overlap").replaceChildren(grid);
  const places = [tapsByPlace(g.rows), tapsByPlace(g.columns)];
  const even = places.every((taps) => taps.every((count) => count === taps[0]));
  const strides = g.rows.stride > 1 || g.columns.stride > 1;
  byId("overlap-text").textContent = even
    ? "Inside the image every pixel is reached by as many taps of the kernel" + (strides ? ": its size is a multiple of the stride. Equal weights turn flat features into a flat image." : ".") + " Pixels near the border are reached by fewer."
    : `The kernel is no multiple of the stride: inside the image pixels are reached by ${places[0].join(" or ")} taps down and ${places[1].join(" or ")} across, by their place in the stride. Flat features then give an image with stripes or checks, unless training balances the weights (Odena et al. 2016).`;
}

// ---- Pictures -----------------------------------------------------------------------------------

/// Gray picture: rings and bars, or the caller's.
let picture = start.picture ? pictureOfBytes(start.picture) : drawnPicture(96, 96);

function pictureOfBytes({ width, height, base64 }) {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  return { width, height, data: Float64Array.from(bytes, (b) => b / 255) };
}

function drawnPicture(width, height) {
  const data = new Float64Array(width * height);
  for (let y = 0; y < height; ++y) {
    for (let x = 0; x < width; ++x) {
      const r = Math.hypot(x - width * 0.36, y - height * 0.42);
      const ring = r < width * 0.3 ? 0.5 + 0.45 * Math.cos(r / 2.6) : 0.55;
      const bar = x > width * 0.72 && x < width * 0.9 && y > height * 0.15 && y < height * 0.85 ? 0.15 : ring;
      data[y * width + x] = y > height * 0.86 ? x / width : bar;
    }
  }
  return { width, height, data };
}

function pictureKernel(kind, rows, columns) {
  const bell = (i, n) => Math.exp(-((i - (n - 1) / 2) ** 2) / (2 * (n / 4 + 0.2) ** 2));
  const weight = { box: () => 1, smooth: (y, x) => bell(y, rows) * bell(x, columns), edge: (y, x) => (x - (columns - 1) / 2) * bell(y, rows), numbers: (y, x) => model.kernel(y, x, 0, 0) }[kind];
  const kernel = plane(rows, columns, 1, weight);
  const total = kernel.data.reduce((sum, w) => sum + Math.abs(w), 0) || 1;
  kernel.data.forEach((w, i) => { kernel.data[i] = w / total; });
  return kernel;
}

/// The picture, A picture, and A^T A picture.
function thereAndBack() {
  const axis = (i) => ({ kernel: state.kernel[i], stride: state.stride[i], dilation: state.dilation[i], padding: state.padding, outputPadding: null });
  const rows = spanOf(axis(0), "conv", picture.height), columns = spanOf(axis(1), "conv", picture.width);
  if (rows.error || columns.error) return { error: rows.error ?? columns.error };
  const g = { rows, columns }, kernel = pictureKernel(byId("picture-kernel").value, rows.kernel, columns.kernel);
  const features = new Float64Array(rows.features * columns.features), back = new Float64Array(picture.data.length), cover = new Float64Array(picture.data.length);
  forEachMeeting(g, (fy, fx, y, x, ky, kx) => { features[fy * columns.features + fx] += picture.data[y * picture.width + x] * kernel.at(ky, kx, 0); });
  forEachMeeting(g, (fy, fx, y, x, ky, kx) => {
    back[y * picture.width + x] += features[fy * columns.features + fx] * kernel.at(ky, kx, 0);
    cover[y * picture.width + x] += Math.abs(kernel.at(ky, kx, 0));
  });
  if (byId("even").checked) back.forEach((value, i) => { back[i] = cover[i] ? value / cover[i] : 0; });
  return { features: { width: columns.features, height: rows.features, data: features }, back: { width: picture.width, height: picture.height, data: back } };
}

function canvasOf(shown, title) {
  let low = Infinity, high = -Infinity;
  for (const value of shown.data) { low = Math.min(low, value); high = Math.max(high, value); }
  if (low >= 0) low = 0;
  const canvas = element("canvas", { width: shown.width, height: shown.height });
  const context = canvas.getContext("2d"), pixels = context.createImageData(shown.width, shown.height);
  shown.data.forEach((value, i) => {
    const gray = high > low ? 255 * (value - low) / (high - low) : 0;
    pixels.data.set([gray, gray, gray, 255], 4 * i);
  });
  context.putImageData(pixels, 0, 0);
  const zoom = Math.max(1, Math.floor(300 / Math.max(picture.width, picture.height)));
  canvas.style.width = `${shown.width * zoom}px`;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", title);
  return element("figure", {}, canvas, element("figcaption", { textContent: `${title}: ${shown.height}\u00d7${shown.width}` }));
}

function showPictures() {
  const result = thereAndBack();
  if (result.error) return byId("pictures").replaceChildren(element("p", { textContent: result.error }));
  byId("pictures").replaceChildren(canvasOf(picture, "picture"), canvasOf(result.features, "Conv2D"), canvasOf(result.back, "Conv2DTranspose of it"));
}

async function openPicture(file) {
  const bitmap = await createImageBitmap(file), scale = Math.min(1, 192 / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale)), height = Math.max(1, Math.round(bitmap.height * scale));
  const context = element("canvas", { width, height }).getContext("2d");
  context.drawImage(bitmap, 0, 0, width, height);
  const rgba = context.getImageData(0, 0, width, height).data, data = new Float64Array(width * height);
  for (let i = 0; i < data.length; ++i) data[i] = (0.299 * rgba[4 * i] + 0.587 * rgba[4 * i + 1] + 0.114 * rgba[4 * i + 2]) / 255;
  picture = { width, height, data };
  showPictures();
}

// ---- Wiring -------------------------------------------------------------------------------------

const on = (id, event, act) => byId(id).addEventListener(event, act);
byId("square").checked = ["input", "kernel", "stride", "dilation"].every((key) => state[key][0] === state[key][1]);
makeSliders();
on("settings", "submit", (event) => event.preventDefault());
for (const radio of document.getElementsByName("direction")) radio.addEventListener("change", () => { state.direction = radio.value; state.outputPadding = null; changed(); });
on("swap", "click", swap);
on("square", "change", () => { if (square()) for (const [key] of kSliders) state[key][1] = state[key][0]; changed(); });
on("padding", "change", () => { const value = byId("padding").value; state.padding = /^\d+$/.test(value) ? Number(value) : value; changed(); });
on("output-padding", "change", () => { const value = byId("output-padding").value; state.outputPadding = value === "" ? null : [Number(value), Number(value)]; changed(); });
for (const [id, key] of [["values", "values"], ["weights", "weights"]]) on(id, "change", () => { state[key] = byId(id).value; changed(); });
for (const [id, key] of [["image-channels", "imageChannels"], ["feature-channels", "featureChannels"]]) on(id, "change", () => { state[key] = Number(byId(id).value); changed(); });
on("bias", "change", () => { state.bias = byId("bias").checked; changed(); });
on("first", "click", () => { pause(); goTo(0); });
on("back", "click", () => { pause(); goTo(state.step - 1); });
on("forward", "click", () => { pause(); goTo(state.step + 1); });
on("last", "click", () => { pause(); goTo(stepCount() - 1); });
on("play", "click", () => (timer === null ? play() : pause()));
on("step", "input", () => { pause(); goTo(Number(byId("step").value)); });
on("picture", "change", () => { if (byId("picture").files[0]) openPicture(byId("picture").files[0]).catch((error) => byId("pictures").replaceChildren(element("p", { textContent: `This picture cannot be read: ${error.message}` }))); });
on("picture-kernel", "change", showPictures);
on("even", "change", showPictures);
document.addEventListener("keydown", (event) => {
  if (model.error || event.target.closest("input, select, [tabindex], form") || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key === "ArrowRight") { pause(); goTo(state.step + 1); }
  if (event.key === "ArrowLeft") { pause(); goTo(state.step - 1); }
});
changed();
