// The parts of Observable Plot that page.js and charts.js use; README.md says how they become plot.min.js.
export { areaY, dot, frame, lineY, plot, pointer, pointerX, rectY, ruleX, ruleY, text, tip, binX } from "@observablehq/plot";
