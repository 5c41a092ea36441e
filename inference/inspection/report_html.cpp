#include "inference/inspection/report_html.hpp"

#include <fmt/format.h>

#include "datasets/formats/png_format.hpp"
#include "inference/inspection/base64.hpp"
#include "inference/inspection/line_chart.hpp"
#include "inference/inspection/pair_history.hpp"
#include "inference/inspection/report_tables.hpp"

namespace adjoint {
namespace {

constexpr std::string_view kStyle = R"(<style>
  :root { color-scheme: light dark; --page: #ffffff; --ink: #1f2933; --faint: #5f6b7a;
    --line: #d5dbe1; --line1: #c2570c; --line2: #2563eb }
  @media (prefers-color-scheme: dark) {
    :root { --page: #14181d; --ink: #e4e7eb; --faint: #9aa5b1; --line: #37414c;
      --line1: #f5a35c; --line2: #7cacf8 }
  }
  body { max-width: 1160px; margin: 2.5rem auto; padding: 0 1.25rem; background: var(--page);
    color: var(--ink); font: 15px/1.5 system-ui, sans-serif }
  h1 { font-size: 1.7rem; margin: 0 }
  h2 { font-size: 1.25rem; margin: 2.8rem 0 .6rem }
  h3 { font-size: 1.05rem; margin: 2rem 0 .3rem }
  p { margin: .4rem 0; max-width: 50rem }
  .faint, figcaption { color: var(--faint); font-size: .87rem }
  .wide { overflow-x: auto; margin: .8rem 0 }
  table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem }
  th, td { padding: .22rem .8rem .22rem 0; text-align: right; white-space: pre }
  th { font-weight: 600; border-bottom: 1px solid var(--line) }
  .text { text-align: left }
  .rule td { text-align: left; color: var(--faint); border-block: 1px solid var(--line) }
  .total td { border-top: 1px solid var(--line); font-weight: 600 }
  .charts { display: flex; flex-wrap: wrap; gap: 1rem }
  figure { margin: 1.1rem 0 }
  figure img { display: block; max-width: 100%; height: auto; image-rendering: pixelated }
  svg { max-width: 100%; height: auto }
  svg text { font: 12px system-ui, sans-serif; fill: var(--ink) }
  svg .end { text-anchor: end }
  svg .middle { text-anchor: middle }
  svg line.axis { stroke: var(--line) }
  svg polyline { fill: none; stroke-width: 2 }
  svg polyline.line1 { stroke: var(--line1) }
  svg polyline.line2 { stroke: var(--line2) }
  svg text.line1, svg .dot.line1 { fill: var(--line1) }
  svg text.line2, svg .dot.line2 { fill: var(--line2) }
</style>
)";

std::string paragraph(const std::string& text, std::string_view style = "") {
  if (text.empty()) return "";
  return fmt::format("<p{}>{}</p>\n", style, html_escaped(text));
}

std::string heading(int level, const std::string& text) {
  return fmt::format("<h{0}>{1}</h{0}>\n", level, html_escaped(text));
}

std::string figure(const Picture& picture) {
  const Bytes png = png::encode(view(picture.pixels), {});
  return fmt::format(
      "<figure><img alt=\"{0}\" src=\"data:image/png;base64,{1}\"><figcaption>{0}: {2}"
      "</figcaption></figure>\n",
      html_escaped(picture.about), base64(png), html_escaped(picture.caption));
}

/// The pictures that show one subject, before and after.
std::string figures(const std::vector<Picture>& pictures, const std::string& subject) {
  std::string html;
  for (const Picture& picture : pictures) {
    if (picture.subject == subject) html += figure(picture);
  }
  return html;
}

std::string spectrum_chart(const KernelReport& kernel) {
  LineChart chart{.title = fmt::format("singular values of {}", kernel.layer)};
  for (std::size_t i = 1; i <= kernel.before.singular_values.size(); ++i)
    chart.x.push_back(static_cast<double>(i));
  chart.lines = {{"before", kernel.before.singular_values},
                 {"after", kernel.after.singular_values}};
  return line_chart_svg(chart);
}

/// A table and a chart for each measure, over the epochs that were looked at; nothing without them.
std::string history_section(const PairReport& pair) {
  const std::vector<PairHistory> histories = pair_histories(pair);
  if (histories.empty()) return "";
  std::string html = paragraph("During training:") + table_html(history_table(pair));
  html += "<div class=\"charts\">\n";
  const std::vector<Index> epochs = history_epochs(pair);
  for (const PairHistory& history : histories) {
    html += line_chart_svg({.title = history.name,
                            .x = {epochs.begin(), epochs.end()},
                            .lines = {{"by chance", std::vector(epochs.size(), history.by_chance)},
                                      {"the pair", history.values}}});
  }
  return html + "</div>\n";
}

std::string pair_section(const Inspection& inspection, const PairReport& pair,
                         const std::vector<Picture>& pictures) {
  std::string html = heading(3, title(pair)) + paragraph(pair_sentence(pair));
  if (!inspection.trained) return html;
  html += table_html(pair_table(inspection, pair)) + paragraph(matching_sentence(pair));
  html += "<div class=\"charts\">\n";
  for (const std::string& name : {pair.convolution, pair.transpose}) {
    if (const KernelReport* kernel = inspection.kernel(name)) html += spectrum_chart(*kernel);
  }
  return html + "</div>\n" + figures(pictures, title(pair)) + history_section(pair);
}

}  // namespace

std::string report_html(const Inspection& inspection, const std::vector<Picture>& pictures) {
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>{}</title>\n{}"
      "</head>\n<body>\n",
      html_escaped(title(inspection)), kStyle);
  html += heading(1, title(inspection)) + paragraph(inspection.source, " class=\"faint\"");
  html += heading(2, "Layers") + paragraph(input_sentence(inspection));
  html += table_html(layer_table(inspection.layers));
  html += paragraph(latent_sentence(inspection.layers));
  html += paragraph(layer_legend(), " class=\"faint\"");
  if (inspection.checkerboard) {
    html += heading(2, "Checkerboard");
    html += paragraph(checkerboard_sentences(*inspection.checkerboard));
  }
  if (!inspection.pairs.empty()) {
    html += heading(2, "Symmetric pairs, from the outside inwards");
    for (const PairReport& pair : inspection.pairs)
      html += pair_section(inspection, pair, pictures);
  }
  const Table others = other_kernels_table(inspection);
  if (!others.rows.empty()) {
    html += heading(2, "Other kernels") + table_html(others);
  }
  if (!inspection.kernels.empty()) {
    html += heading(2, "All kernels");
    html += paragraph("Zero is mid-gray; before and after share one scale.", " class=\"faint\"");
    for (const KernelReport& kernel : inspection.kernels) {
      html += heading(3, kernel.layer) + figures(pictures, kernel.layer);
    }
  }
  return html + "</body>\n</html>\n";
}

}  // namespace adjoint
