"use strict";
// The page's elements and its plots. What a plot shows stands in a table behind it, too.

/** An element with attributes and children; texts become text, never markup. */
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {}))
    if (value !== undefined && value !== false) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== undefined && child !== null));
  return element;
}

function svg(tag, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

let ids = 0;
const newId = (what) => `${what}-${++ids}`;

/** A number with five digits at most, four in exponential form; null is one that is not finite. */
function number(value) {
  if (value === null || value === undefined) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return Number(value.toPrecision(4)).toExponential();
  return String(Number(value.toPrecision(5)));
}
const percent = (share) => `${(100 * share).toFixed(1)} %`;

const colour = (line) => `var(--line${(line % 8) + 1})`;
const dashes = ["", "6 4", "2 3", "8 3 2 3"];
/** The first lines are told apart by their dashes as well, in a group that has few. */
const dash = (line, lines) => (lines <= dashes.length ? dashes[line] : dashes[Math.floor(line / 8) % dashes.length]);

/** {columns: [{title, left}], rows: [{cells, total}]} */
function table(content, caption, style) {
  const left = content.columns.map((column) => column.left);
  const rows = content.rows.map((row) => {
    if (row.cells.length === 1 && content.columns.length > 1)
      return make("tr", { class: "rule" }, make("td", { colspan: content.columns.length }, row.cells[0]));
    return make(
      "tr",
      { class: row.total ? "total" : undefined },
      ...row.cells.map((cell, i) => make("td", { class: left[i] ? "text" : undefined }, cell)),
    );
  });
  return make(
    "div",
    { class: "wide", tabindex: "0", role: "region", "aria-label": caption ?? "Table" },
    make(
      "table",
      { class: style },
      make(
        "thead",
        null,
        make(
          "tr",
          null,
          ...content.columns.map((column) => make("th", { scope: "col", class: column.left ? "text" : undefined }, column.title)),
        ),
      ),
      make("tbody", null, ...rows),
    ),
  );
}

/** The numbers behind a plot, folded away. */
function numbers(caption, columns, rows) {
  return make(
    "details",
    null,
    make("summary", null, "Table of values"),
    table(
      {
        columns: columns.map((title, i) => ({ title, left: i === 0 && typeof rows[0]?.[0] === "string" })),
        rows: rows.map((row) => ({ cells: row.map((cell) => (typeof cell === "string" ? cell : number(cell))) })),
      },
      `${caption}: values`,
    ),
  );
}

/** Draws a plot as wide as its place, now and whenever that changes. */
function fitted(draw, label) {
  const place = make("div", { class: "plot", role: "img", "aria-label": label });
  let width = 0;
  place.redraw = () => {
    width = place.clientWidth;
    if (width > 0) place.replaceChildren(draw(width));
  };
  // Drawing changes the height: not while sizes are being observed.
  new ResizeObserver(() =>
    requestAnimationFrame(() => {
      if (place.clientWidth !== width) place.redraw();
    }),
  ).observe(place);
  return place;
}

function legend(names, markers) {
  return make(
    "ul",
    { class: "legend" },
    ...names.map((name, i) => {
      const sign = svg("svg", { viewBox: "0 0 22 10", "aria-hidden": "true" });
      sign.append(
        markers === "dots"
          ? svg("circle", { cx: 11, cy: 5, r: 4.5, fill: colour(i) })
          : svg("line", { x1: 0, x2: 22, y1: 5, y2: 5, stroke: colour(i), "stroke-width": 2, "stroke-dasharray": dash(i, names.length) }),
      );
      return make("li", null, sign, name);
    }),
  );
}

/** One sentence for those who do not see the lines. */
function spoken(chart) {
  const ends = chart.lines.map((line) => {
    const known = line.values.filter((value) => value !== null);
    return known.length ? `${line.name} from ${number(known[0])} to ${number(known.at(-1))}` : `${line.name} without values`;
  });
  return `${chart.title} over ${chart.x}: ${ends.join("; ")}`;
}

/** {title, x, at: [x], lines: [{name, values}], whole: x are whole numbers, marked: {at, name}, note} */
function lineChart(chart) {
  const lines = chart.lines.map((line, i) =>
    chart.at.map((x, k) => ({ x, y: line.values[k], line: i })).filter((point) => point.y !== null && point.y !== undefined),
  );
  const every = chart.at
    .map((x, k) => {
      const known = chart.lines.filter((line) => line.values[k] !== null && line.values[k] !== undefined);
      return {
        x,
        y: known[0]?.values[k],
        text: [`${chart.x} ${number(x)}`, ...known.map((line) => `${line.name}: ${number(line.values[k])}`)].join("\n"),
      };
    })
    .filter((point) => point.y !== undefined);
  const positive = lines.flat().every((point) => point.y > 0);
  const few = chart.at.length <= 40;
  const toggle = positive && chart.scales ? make("input", { type: "checkbox" }) : null;

  const draw = (width) =>
    Plot.plot({
      width,
      height: Math.max(180, Math.min(260, width * 0.52)),
      marginLeft: 54,
      marginRight: 14,
      marginTop: 14,
      marginBottom: 34,
      style: { background: "transparent", color: "var(--ink)", fontSize: "12px" },
      x: {
        label: chart.x,
        labelArrow: "none",
        ticks: chart.whole ? wholeTicks(chart.at, width) : Math.max(3, Math.round(width / 90)),
        tickFormat: chart.whole ? "d" : undefined,
        inset: few ? 6 : 0,
      },
      y: {
        type: toggle?.checked ? "log" : "linear",
        grid: true,
        label: null,
        ticks: toggle?.checked ? 4 : 5,
        nice: true,
        tickFormat: number,
      },
      marks: [
        chart.marked ? Plot.ruleX([chart.marked.at], { stroke: "var(--faint)", strokeDasharray: "2 3" }) : null,
        chart.marked
          ? Plot.text([chart.marked], { x: "at", text: "name", frameAnchor: "top", dy: -10, fontSize: 11, fill: "var(--faint)" })
          : null,
        // The first one on top of the others.
        ...lines
          .map((points, i) =>
            Plot.lineY(points, {
              x: "x",
              y: "y",
              stroke: colour(i),
              strokeWidth: chart.plain ? 1.4 : 2,
              strokeDasharray: dash(i, lines.length),
            }),
          )
          .reverse(),
        ...(few && !chart.plain ? lines.map((points, i) => Plot.dot(points, { x: "x", y: "y", r: 2.6, fill: colour(i) })) : []),
        Plot.ruleX(every, Plot.pointerX({ x: "x", stroke: "var(--faint)" })),
        Plot.tip(every, Plot.pointerX({ x: "x", y: "y", title: "text", fill: "var(--panel)", stroke: "var(--rule)", fontSize: 12 })),
      ],
    });
  const place = fitted(draw, spoken(chart));
  toggle?.addEventListener("change", () => place.redraw());
  return make(
    "figure",
    { class: "chart" },
    make("div", { class: "chart-head" }, make("h3", null, chart.title), toggle ? make("label", null, toggle, " logarithmic") : null),
    chart.lines.length > 1 ? legend(chart.lines.map((line) => line.name)) : null,
    place,
    chart.note ? make("figcaption", null, chart.note) : null,
    numbers(
      chart.title,
      [chart.x, ...chart.lines.map((line) => line.name)],
      chart.at.map((x, k) => [x, ...chart.lines.map((line) => line.values[k])]),
    ),
  );
}

/** Whole numbers only, as many as there is room for. */
function wholeTicks(values, width) {
  const first = Math.ceil(Math.min(...values)),
    last = Math.floor(Math.max(...values));
  const least = Math.max(1, (last - first) / Math.max(2, width / 60));
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].map((factor) => Math.max(1, factor * power)).find((candidate) => candidate >= least);
  const ticks = [];
  for (let tick = Math.ceil(first / step) * step; tick <= last; tick += step) ticks.push(tick);
  return ticks.length ? ticks : [first];
}
