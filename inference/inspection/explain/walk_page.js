// The page of one convolution: everything is computed anew from `state` whenever a control changes.
// Names of the two sides never turn round: Conv2D goes from image to features, Conv2DTranspose back.

// ---- The walk -----------------------------------------------------------------------------------

function showFormula() {
  const line = (name, a) =>
    model.conv
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
    select.addEventListener("change", () => {
      state[key] = Number(select.value);
      showStep();
    });
    return [element("label", {}, `shown ${name} channel `, select)];
  };
  byId("channels").replaceChildren(
    ...pick("image", "shownImage", state.imageChannels),
    ...pick("feature", "shownFeature", state.featureChannels),
  );
}

/// A grid of cells. cell(y, x) gives {text, classes, weight, label, click}.
function gridOf(title, rows, columns, size, cell) {
  const grid = element("div", { className: "grid" });
  grid.style.setProperty("--columns", columns);
  grid.style.setProperty("--cell", `${size}px`);
  for (let y = 0; y < rows; ++y) {
    for (let x = 0; x < columns; ++x) {
      const shown = cell(y, x);
      const made = element(shown.click ? "button" : "span", {
        className: `cell ${shown.classes ?? ""}`,
        textContent: shown.text,
      });
      if (shown.click) {
        made.type = "button";
        made.addEventListener("click", shown.click);
        made.setAttribute("aria-label", shown.label);
        made.dataset.place = `${y},${x}`;
      }
      if (shown.weight !== undefined) made.dataset.weight = `\u00d7${shown.weight}`;
      if (shown.text.length > 3)
        made.style.setProperty("--size", `${size * Math.min(0.36, 1.35 / shown.text.length)}px`);
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
    const fy = Math.floor(i / model.g.columns.features),
      fx = i % model.g.columns.features;
    forEachTap(model.g, fy, fx, (y, x, ky, kx) => {
      let sum = 0;
      for (let f = 0; f < state.featureChannels; ++f) sum += model.features.at(fy, fx, f) * model.kernel(ky, kx, c, f);
      sums.set(`${y},${x}`, (sums.get(`${y},${x}`) ?? 0) + sum);
    });
  }
  return (y, x) => model.bias(c) + (sums.get(`${y},${x}`) ?? 0);
}

function showStep() {
  const { g, conv } = model,
    [fy, fx] = stepPosition(),
    c = state.shownImage,
    f = state.shownFeature;
  byId("step").value = state.step;
  byId("step-text").textContent = `${state.step + 1} of ${stepCount()}`;
  const height = g.rows.image + g.rows.before + g.rows.after,
    width = g.columns.image + g.columns.before + g.columns.after;
  const size = Math.max(26, Math.min(44, Math.floor(600 / Math.max(width, g.rows.features, 6))));
  const taps = new Map();
  for (let ky = 0; ky < g.rows.kernel; ++ky)
    for (let kx = 0; kx < g.columns.kernel; ++kx)
      taps.set(
        `${fy * g.rows.stride + ky * g.rows.dilation},${fx * g.columns.stride + kx * g.columns.dilation}`,
        text(model.kernel(ky, kx, c, f)),
      );
  const meetings = state.picked ? meetingsOf(state.picked) : [];
  const pickedHere = (side, y, x) =>
    state.picked && (conv ? side === "features" : side === "image") && state.picked[0] === y && state.picked[1] === x;
  const contributes = (key, y, x) => meetings.some((m) => m[key][0] === y && m[key][1] === x);
  const value = imageSoFar(c);
  const channel = (name, shown, count) => (count > 1 ? `${name}, channel ${shown + 1}` : name);
  const image = gridOf(
    `${channel("image", c, state.imageChannels)}: ${g.rows.image}\u00d7${g.columns.image}${height > g.rows.image || width > g.columns.image ? " in its padding" : ""}`,
    height,
    width,
    size,
    (py, px) => {
      const y = py - g.rows.before,
        x = px - g.columns.before;
      const outside = y < 0 || y >= g.rows.image || x < 0 || x >= g.columns.image;
      const weight = state.picked ? undefined : taps.get(`${py},${px}`);
      const number = outside ? 0 : value(y, x);
      const classes = [
        outside ? "pad" : number === 0 ? "zero" : "",
        weight !== undefined ? "tap" : "",
        pickedHere("image", y, x) ? "pick" : "",
        conv && !outside && contributes("image", y, x) ? "tap" : "",
      ].join(" ");
      const shown = { text: outside && !conv ? "" : text(number), classes, weight };
      if (!conv && !outside)
        Object.assign(shown, {
          click: () => pickOutput(y, x),
          label: `image row ${y + 1}, column ${x + 1}: ${text(number)}`,
        });
      return shown;
    },
  );
  const kernel = gridOf(
    `kernel ${g.rows.kernel}\u00d7${g.columns.kernel}${state.imageChannels * state.featureChannels > 1 ? ` of image channel ${c + 1} and feature channel ${f + 1}` : ""}`,
    g.rows.kernel,
    g.columns.kernel,
    size,
    (ky, kx) => ({ text: text(model.kernel(ky, kx, c, f)), classes: contributes("tap", ky, kx) ? "pick" : "" }),
  );
  const features = gridOf(
    `${channel("features", f, state.featureChannels)}: ${g.rows.features}\u00d7${g.columns.features}`,
    g.rows.features,
    g.columns.features,
    size,
    (y, x) => {
      const done = !conv || y * g.columns.features + x <= state.step;
      const here = y === fy && x === fx && !state.picked;
      const shown = {
        text: done ? text(model.features.at(y, x, f)) : "",
        classes: [
          here ? "now" : "",
          pickedHere("features", y, x) ? "pick" : "",
          !conv && contributes("feature", y, x) ? "tap" : "",
        ].join(" "),
      };
      if (conv)
        Object.assign(shown, {
          click: () => {
            goTo(y * g.columns.features + x);
            pickOutput(y, x);
          },
          label: `feature row ${y + 1}, column ${x + 1}`,
        });
      return shown;
    },
  );
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
  for (let i = 0; i < terms.length; i += columns)
    lines.push((i ? "+ " : "  ") + terms.slice(i, i + columns).join(" + "));
  return lines;
};
const sumOf = (lines, value) =>
  element("div", { className: "sum" }, lines.join("\n") + "\n= ", element("b", { textContent: text(value) }));

function showSums() {
  const { g, conv } = model,
    [fy, fx] = stepPosition(),
    c = state.shownImage,
    f = state.shownFeature;
  if (conv) {
    const lines = [];
    for (let channel = 0; channel < state.imageChannels; ++channel) {
      const terms = [];
      for (let ky = 0; ky < g.rows.kernel; ++ky) {
        for (let kx = 0; kx < g.columns.kernel; ++kx) {
          const y = fy * g.rows.stride + ky * g.rows.dilation - g.rows.before,
            x = fx * g.columns.stride + kx * g.columns.dilation - g.columns.before;
          const pixel = y < 0 || y >= g.rows.image || x < 0 || x >= g.columns.image ? 0 : model.image.at(y, x, channel);
          terms.push(`${text(pixel)}\u00b7${text(model.kernel(ky, kx, channel, f))}`);
        }
      }
      if (state.imageChannels > 1) lines.push(`image channel ${channel + 1}:`);
      lines.push(...sumLines(terms, g.columns.kernel));
    }
    if (state.bias) lines.push(`+ ${text(model.bias(f))} (bias)`);
    return byId("sums").replaceChildren(
      element("p", { textContent: "The window's pixels times the kernel, added up:" }),
      sumOf(lines, model.features.at(fy, fx, f)),
    );
  }
  const lines = [];
  for (let ky = 0; ky < g.rows.kernel; ++ky) {
    const terms = [];
    for (let kx = 0; kx < g.columns.kernel; ++kx) {
      const weight = model.kernel(ky, kx, c, f),
        feature = model.features.at(fy, fx, f);
      terms.push(`${text(feature)}\u00b7${text(weight)} = ${text(feature * weight)}`);
    }
    lines.push(terms.join("   "));
  }
  const more = state.featureChannels > 1 ? ` of feature channel ${f + 1}` : "";
  byId("sums").replaceChildren(
    element("p", {
      textContent: `The feature ${text(model.features.at(fy, fx, f))}${more} stamps the kernel, times itself, and the image adds the stamp:`,
    }),
    element("div", { className: "sum", textContent: lines.join("\n") }),
  );
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
    if (model.conv ? fy === oy && fx === ox : y === oy && x === ox)
      found.push({ image: [y, x], feature: [fy, fx], tap: [ky, kx] });
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
      const c = model.conv ? i : state.shownImage,
        f = model.conv ? state.shownFeature : i;
      const value = model.conv ? model.image.at(...image, c) : model.features.at(...feature, f),
        weight = model.kernel(...tap, c, f);
      terms.push(`${text(value)}\u00b7${text(weight)}`);
      sum += value * weight;
    }
  }
  if (state.bias) terms.push(`${text(model.bias(model.conv ? state.shownFeature : state.shownImage))} (bias)`);
  const [y, x] = state.picked,
    side = model.conv ? "Feature" : "Pixel";
  byId("picked").replaceChildren(
    element("p", {
      textContent: `${side} in row ${y + 1}, column ${x + 1}: ${terms.length || "no"} ${terms.length === 1 ? "term" : "terms"}`,
    }),
    sumOf(terms.length ? sumLines(terms, 6) : ["0"], sum),
  );
}

// ---- Wiring -------------------------------------------------------------------------------------

const on = (id, event, act) => byId(id).addEventListener(event, act);
byId("square").checked = ["input", "kernel", "stride", "dilation"].every((key) => state[key][0] === state[key][1]);
makeSliders();
on("settings", "submit", (event) => event.preventDefault());
for (const radio of document.getElementsByName("direction"))
  radio.addEventListener("change", () => {
    state.direction = radio.value;
    state.outputPadding = null;
    changed();
  });
on("swap", "click", swap);
on("square", "change", () => {
  if (square()) for (const [key] of kSliders) state[key][1] = state[key][0];
  changed();
});
on("padding", "change", () => {
  const value = byId("padding").value;
  state.padding = /^\d+$/.test(value) ? Number(value) : value;
  changed();
});
on("output-padding", "change", () => {
  const value = byId("output-padding").value;
  state.outputPadding = value === "" ? null : [Number(value), Number(value)];
  changed();
});
for (const [id, key] of [
  ["values", "values"],
  ["weights", "weights"],
])
  on(id, "change", () => {
    state[key] = byId(id).value;
    changed();
  });
for (const [id, key] of [
  ["image-channels", "imageChannels"],
  ["feature-channels", "featureChannels"],
])
  on(id, "change", () => {
    state[key] = Number(byId(id).value);
    changed();
  });
on("bias", "change", () => {
  state.bias = byId("bias").checked;
  changed();
});
on("first", "click", () => {
  pause();
  goTo(0);
});
on("back", "click", () => {
  pause();
  goTo(state.step - 1);
});
on("forward", "click", () => {
  pause();
  goTo(state.step + 1);
});
on("last", "click", () => {
  pause();
  goTo(stepCount() - 1);
});
on("play", "click", () => (timer === null ? play() : pause()));
on("step", "input", () => {
  pause();
  goTo(Number(byId("step").value));
});
on("picture", "change", () => {
  if (byId("picture").files[0])
    openPicture(byId("picture").files[0]).catch((error) =>
      byId("pictures").replaceChildren(element("p", { textContent: `This picture cannot be read: ${error.message}` })),
    );
});
on("picture-kernel", "change", showPictures);
on("even", "change", showPictures);
document.addEventListener("keydown", (event) => {
  if (
    model.error ||
    event.target.closest("input, select, [tabindex], form") ||
    event.altKey ||
    event.ctrlKey ||
    event.metaKey
  )
    return;
  if (event.key === "ArrowRight") {
    pause();
    goTo(state.step + 1);
  }
  if (event.key === "ArrowLeft") {
    pause();
    goTo(state.step - 1);
  }
});
changed();
