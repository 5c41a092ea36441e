// Draws the page from its data: {title, subtitle, figures: [{name, value, note}], sections: [{title, blocks}]}. Each kind
// of block is one function here.

/** The epoch whose picture was chosen, for a page that is drawn again; null is the newest. */
let chosenEpoch = null;

const blocks = {
  text: ({ text, faint }) => make("p", { class: faint ? "faint" : undefined }, text),
  heading: ({ text }) => make("h3", null, text),
  table: ({ table: content, caption, style }) => table(content, caption, style),
  code: ({ text, label }) => make("pre", { tabindex: "0", role: "region", "aria-label": label }, make("code", null, text)),
  facts: ({ facts }) =>
    make("dl", { class: "facts" }, ...facts.flatMap(([name, value]) => [make("dt", null, name), make("dd", null, value)])),
  charts: ({ charts }) => make("div", { class: "charts" }, ...charts.map(lineChart)),
  fold({ title, blocks: inner }) {
    const details = make("details", null, make("summary", null, title), ...inner.map(draw));
    // What is folded away has no width to be drawn in.
    details.addEventListener("toggle", () => {
      for (const plot of details.querySelectorAll(".plot")) plot.redraw();
    });
    return details;
  },

  pictures: ({ pictures }) =>
    make(
      "div",
      { class: pictures.length > 1 && pictures.every(({ width }) => width > 400) ? "gallery pairs" : "gallery" },
      ...pictures.map((picture) =>
        make(
          "figure",
          null,
          make("img", {
            src: picture.uri,
            alt: picture.alt,
            width: picture.width,
            height: picture.height,
            class: picture.photo ? "photo" : undefined,
          }),
          picture.caption ? make("figcaption", null, picture.caption) : null,
        ),
      ),
    ),

  /** Pictures of epochs, one at a time: {names: of the columns, epochs: [{epoch, uri, note}]} */
  samples({ names, epochs, width, height }) {
    const id = newId("epoch");
    const picture = make("img", { width, height });
    const said = make("output", { for: id });
    const newest = epochs.length - 1;
    const before = epochs.findLastIndex(({ epoch }) => epoch <= chosenEpoch);
    const value = chosenEpoch === null ? newest : Math.max(0, before);
    const slider = make("input", { type: "range", id, min: 0, max: newest, step: 1, value });
    const show = () => {
      const shown = epochs[Number(slider.value)];
      const text = `epoch ${shown.epoch}${shown.note ? `, ${shown.note}` : ""}`;
      picture.src = shown.uri;
      picture.alt = `${names.join(", ")} of validation images, ${text}`;
      slider.setAttribute("aria-valuetext", text);
      said.textContent = text;
    };
    slider.addEventListener("input", () => {
      chosenEpoch = Number(slider.value) === newest ? null : epochs[Number(slider.value)].epoch;
      show();
    });
    show();
    return make(
      "figure",
      { class: "samples" },
      epochs.length > 1
        ? make("div", { class: "controls" }, make("label", { for: id }, "epoch", slider), said)
        : make("p", { class: "faint" }, said),
      make("div", { class: "names", style: `width: ${width}px`, "aria-hidden": "true" }, ...names.map((name) => make("span", null, name))),
      picture,
    );
  },

  /** {sprite, columns, size, x, y: names of the axes, points: [{x, y, name, group}], groups: names} */
  scatter(block) {
    const { points, groups } = block;
    const id = newId("image");
    let chosen = 0;
    const thumbnail = make("div", { class: "thumbnail", role: "img" });
    const said = make("output", { for: id });
    const place = fitted((width) => {
      const plot = Plot.plot({
        width,
        height: Math.max(260, Math.min(520, width * 0.72)),
        marginLeft: 48,
        marginBottom: 38,
        style: { background: "transparent", color: "var(--ink)", fontSize: "12px" },
        x: { label: block.x, labelArrow: "none", ticks: 5 },
        y: { label: block.y, labelArrow: "none", ticks: 5 },
        marks: [
          Plot.frame({ stroke: "var(--rule)" }),
          Plot.dot(points, { x: "x", y: "y", r: 3.2, fill: (point) => colour(point.group), fillOpacity: 0.75 }),
          Plot.dot([points[chosen]], { x: "x", y: "y", r: 7, stroke: "var(--ink)", strokeWidth: 2 }),
          Plot.dot(points, Plot.pointer({ x: "x", y: "y", r: 5, stroke: "var(--ink)", strokeWidth: 1.5 })),
        ],
      });
      plot.addEventListener("input", () => {
        if (plot.value) show(points.indexOf(plot.value));
      });
      return plot;
    }, `Codes of ${points.length} images in the two directions of greatest variance`);
    const slider = make("input", { type: "range", id, min: 0, max: points.length - 1, step: 1, value: 0 });
    const show = (index) => {
      chosen = index;
      const { name, group } = points[index];
      const text = groups.length ? `${name}: ${groups[group]}` : name;
      const rows = Math.ceil(points.length / block.columns);
      if (block.sprite) thumbnail.style.backgroundImage = `url(${block.sprite})`;
      thumbnail.style.backgroundSize = `${block.columns * 9}rem ${rows * 9}rem`;
      thumbnail.style.backgroundPosition = `${-(index % block.columns) * 9}rem ${-Math.floor(index / block.columns) * 9}rem`;
      thumbnail.setAttribute("aria-label", `image ${text}`);
      slider.value = index;
      slider.setAttribute("aria-valuetext", text);
      said.textContent = text;
    };
    slider.addEventListener("input", () => {
      show(Number(slider.value));
      place.redraw();
    });
    show(0);
    return make(
      "figure",
      null,
      groups.length > 1 ? legend(groups, "dots") : null,
      make(
        "div",
        { class: "latent" },
        place,
        make(
          "div",
          null,
          thumbnail,
          make("p", null, said),
          make("label", { class: "controls", for: id }, "image", slider),
          make("p", { class: "faint" }, "Point at a dot, or move the slider."),
        ),
      ),
      numbers(
        "Codes",
        ["image", ...(groups.length ? ["label"] : []), "direction 1", "direction 2"],
        points.map((point) => [point.name, ...(groups.length ? [groups[point.group]] : []), point.x, point.y]),
      ),
    );
  },

  /** Scores and a threshold to move: {threshold, scores: [{name, score, defective}]}; defective may be null. */
  scores(block) {
    const known = block.scores.filter((image) => image.score !== null);
    const good = block.scores.filter((image) => image.defective === false),
      bad = block.scores.filter((image) => image.defective === true);
    const groups = [
      ["defect-free", good],
      ["defective", bad],
      ["not known", block.scores.filter((image) => image.defective === null)],
    ].filter(([, images]) => images.length);
    const group = (image) => groups.findIndex(([, images]) => images.includes(image));
    const order = new Map(known.map((image) => [image, group(image)]));
    const least = Math.min(block.threshold, ...known.map((image) => image.score)),
      most = Math.max(block.threshold, ...known.map((image) => image.score));
    const steps = 400,
      step = (most - least || 1) / steps;
    const id = newId("threshold");
    let threshold = block.threshold;
    // The slider has places; the calibrated threshold itself is its starting point.
    const slider = make("input", { type: "range", id, min: 0, max: steps, step: 1, value: Math.round((threshold - least) / step) });
    const place = fitted(
      (width) =>
        Plot.plot({
          width,
          height: 240,
          marginLeft: 44,
          marginBottom: 36,
          style: { background: "transparent", color: "var(--ink)", fontSize: "12px" },
          x: { label: "score", labelArrow: "none", ticks: Math.max(3, Math.round(width / 100)) },
          y: { label: "images", labelArrow: "none", grid: true, ticks: 4 },
          marks: [
            Plot.rectY(
              known,
              Plot.binX(
                { y: "count" },
                {
                  x: "score",
                  thresholds: 40,
                  fill: (image) => colour(order.get(image)),
                  fillOpacity: 0.85,
                  insetLeft: 0.5,
                  insetRight: 0.5,
                  tip: { fill: "var(--panel)", stroke: "var(--rule)" },
                },
              ),
            ),
            Plot.ruleY([0], { stroke: "var(--rule)" }),
            Plot.ruleX([threshold], { stroke: "var(--ink)", strokeWidth: 2 }),
            Plot.text([threshold], { x: (x) => x, text: () => "threshold", frameAnchor: "top", dy: -10, fontSize: 11 }),
          ],
        }),
      `Histogram of the scores of ${block.scores.length} images`,
    );
    const said = make("output", { for: id, class: "result" });
    const flagged = (images) => images.filter((image) => image.score === null || image.score > threshold).length;
    const share = (name, images) =>
      images.length ? `${name} ${percent(flagged(images) / images.length)} (${flagged(images)} of ${images.length})` : null;
    const show = () => {
      const text = [
        `threshold ${number(threshold)}`,
        share("false-positive rate", good),
        share("detection rate", bad),
        good.length + bad.length === 0 ? share("flagged", block.scores) : null,
      ]
        .filter(Boolean)
        .join("; ");
      said.textContent = text;
      slider.setAttribute("aria-valuetext", text);
      place.redraw();
    };
    slider.addEventListener("input", () => {
      threshold = least + Number(slider.value) * step;
      show();
    });
    const back = make("button", { type: "button" }, "calibrated threshold");
    back.addEventListener("click", () => {
      threshold = block.threshold;
      slider.value = Math.round((threshold - least) / step);
      show();
    });
    show();
    return make(
      "figure",
      null,
      legend(
        groups.map(([name, images]) => `${name} (${images.length})`),
        "dots",
      ),
      place,
      make("div", { class: "controls" }, make("label", { for: id }, "threshold", slider), back),
      make("p", null, said),
      numbers(
        "Scores",
        ["image", "score", "ground truth"],
        [...block.scores]
          .sort((a, b) => (b.score ?? Infinity) - (a.score ?? Infinity))
          .map((image) => [
            image.name,
            image.score,
            image.defective === null ? "not known" : image.defective ? "defective" : "defect-free",
          ]),
      ),
    );
  },

  /** The table of layers with its connections drawn beside it: {table, nodes: [{row, inputs, code}]} */
  graph(block) {
    const region = table(block.table, "Layers and their connections");
    const rows = [...region.querySelectorAll("tbody tr")];
    const lanes = [];
    const skips = block.nodes.flatMap((node, to) => node.inputs.filter((from) => from !== to - 1).map((from) => ({ from, to })));
    skips.sort((a, b) => a.to - a.from - (b.to - b.from));
    for (const skip of skips) {
      skip.lane = lanes.findIndex((taken) => taken.every((other) => other.to <= skip.from || skip.to <= other.from));
      if (skip.lane < 0) skip.lane = lanes.push([]) - 1;
      lanes[skip.lane].push(skip);
    }
    const spine = 12 + 11 * lanes.length;
    for (const row of region.querySelectorAll("tr")) {
      const spanning = row.querySelector("td[colspan]");
      if (spanning) {
        spanning.colSpan += 1;
        spanning.style.paddingLeft = `${spine + 18}px`;
      } else {
        const cell = make(row.parentElement.tagName === "THEAD" ? "th" : "td", { "aria-hidden": "true" });
        cell.style.paddingRight = `${spine + 12}px`;
        row.prepend(cell);
      }
    }
    const wires = svg("svg", { class: "wires", "aria-hidden": "true" });
    region.append(wires);
    const drawWires = () => {
      const y = block.nodes.map((node) => rows[node.row].offsetTop + rows[node.row].offsetHeight / 2);
      wires.setAttribute("width", spine + 10);
      wires.setAttribute("height", region.firstChild.offsetHeight);
      wires.replaceChildren();
      block.nodes.forEach((node, to) => {
        if (node.inputs.includes(to - 1)) wires.append(svg("path", { d: `M${spine} ${y[to - 1]}V${y[to]}` }));
      });
      for (const { from, to, lane } of skips) {
        const x = spine - 11 * (lane + 1),
          bend = 7;
        wires.append(
          svg("path", {
            class: "skip-wire",
            d: `M${spine} ${y[from]}H${x + bend}Q${x} ${y[from]} ${x} ${y[from] + bend}V${y[to] - bend}Q${x} ${y[to]} ${x + bend} ${y[to]}H${spine}`,
          }),
        );
      }
      block.nodes.forEach((node, i) => wires.append(svg("circle", { cx: spine, cy: y[i], r: 4, class: node.code ? "code" : "" })));
    };
    new ResizeObserver(() => requestAnimationFrame(drawWires)).observe(region);
    return region;
  },
};

function draw(block) {
  return blocks[block.kind](block);
}

/** The sections that are drawn: {text: the data as JSON, element} by their titles. */
const drawn = new Map();

/** Draws the page, also over an earlier state of it: a section whose data are the same stays as it is. */
function drawPage(data) {
  const header = document.querySelector("header"),
    nav = document.querySelector("nav"),
    main = document.querySelector("main");
  header.replaceChildren(make("h1", null, data.title));
  if (data.subtitle) header.append(make("p", { class: "subtitle" }, data.subtitle));
  if (data.figures?.length)
    header.append(
      make(
        "dl",
        { class: "figures" },
        ...data.figures.map(({ name, value, note }) =>
          make("div", null, make("dt", null, name), make("dd", null, value, note ? make("small", null, note) : null)),
        ),
      ),
    );
  const elements = data.sections.map((section) => {
    const text = JSON.stringify(section);
    const before = drawn.get(section.title);
    if (before?.text === text) return before.element;
    const id = before ? before.element.querySelector("h2").id : newId("section");
    const heading = make("h2", { id }, section.title);
    const element = make("section", { "aria-labelledby": id }, heading, ...section.blocks.map(draw));
    drawn.set(section.title, { text, element });
    return element;
  });
  elements.forEach((element, i) => {
    if (main.children[i] !== element) main.insertBefore(element, main.children[i] ?? null);
  });
  while (main.children.length > elements.length) main.lastElementChild.remove();
  const links = elements.map((element) => element.querySelector("h2"));
  if (links.map(({ id }) => `#${id}`).join() !== [...nav.children].map((link) => link.getAttribute("href")).join())
    nav.replaceChildren(...links.map(({ id, textContent }) => make("a", { href: `#${id}` }, textContent)));
}

drawPage(JSON.parse(document.getElementById("data").textContent));
