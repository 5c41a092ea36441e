// State and controls of the page of one convolution.

// ---- State --------------------------------------------------------------------------------------

const start = JSON.parse(document.getElementById("data").textContent);
const state = {
  values: "count",
  weights: "count",
  imageChannels: 1,
  featureChannels: 1,
  bias: false,
  step: 0,
  shownImage: 0,
  shownFeature: 0,
  picked: null,
  ...start.settings,
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

const kSliders = [
  ["input", 1, 10],
  ["kernel", 1, 6],
  ["stride", 1, 4],
  ["dilation", 1, 3],
];
const square = () => byId("square").checked;

function makeSliders() {
  for (const [key, least, most] of kSliders) {
    for (const axis of [0, 1]) {
      const slider = element("input", {
        type: "range",
        id: `${key}-${axis}`,
        min: least,
        max: Math.max(most, state[key][axis]),
        value: state[key][axis],
      });
      slider.addEventListener("input", () => {
        state[key][axis] = Number(slider.value);
        if (square()) state[key][1 - axis] = state[key][axis];
        changed();
      });
      byId("sliders").append(
        element(
          "label",
          { id: `${key}-${axis}-label` },
          element("span", { id: `${key}-${axis}-name` }),
          slider,
          element("output", { id: `${key}-${axis}-value` }),
        ),
      );
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
  if (![...byId("padding").options].some((option) => option.value === zeros))
    byId("padding").append(new Option(`${zeros} zeros`, zeros));
  byId("padding").value = zeros;
  const most = Math.min(...state.stride),
    extra = state.outputPadding ? Math.min(...state.outputPadding) : null;
  byId("output-padding-label").hidden = state.direction === "conv";
  byId("output-padding").replaceChildren(
    new Option("default", ""),
    ...Array.from({ length: most }, (_, i) => new Option(i, i)),
  );
  byId("output-padding").value = extra ?? "";
  for (const [id, key] of [
    ["values", "values"],
    ["weights", "weights"],
    ["image-channels", "imageChannels"],
    ["feature-channels", "featureChannels"],
  ])
    byId(id).value = state[key];
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
  const { rows, columns } = model.g,
    toTranspose = state.direction === "conv";
  state.direction = toTranspose ? "transpose" : "conv";
  state.input = toTranspose ? [rows.features, columns.features] : [rows.image, columns.image];
  state.outputPadding = null;
  if (
    toTranspose &&
    (geometryOf(state).error ||
      geometryOf(state).rows.image !== rows.image ||
      geometryOf(state).columns.image !== columns.image)
  ) {
    for (let extra = 0; extra < Math.min(...state.stride); ++extra) {
      const g = geometryOf({ ...state, outputPadding: [extra, extra] });
      if (!g.error && g.rows.image === rows.image && g.columns.image === columns.image)
        state.outputPadding = [extra, extra];
    }
  }
  if (state.input[0] !== state.input[1]) byId("square").checked = false;
  changed();
}
