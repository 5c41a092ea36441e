#include "inference/report/inspection_sections.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "inference/inspection/kernels/pair_history.hpp"
#include "inference/inspection/report_tables.hpp"
#include "inference/report/blocks.hpp"
#include "inference/report/page_picture.hpp"

namespace adjoint {
namespace {

using Json = Page::Json;

/// A text of several lines as one paragraph.
std::string joined(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text;
}

/// The engines of each layer's products in the plan, forward and backward.
std::map<std::string, std::string> engines_of(const PlanReport& plan) {
  std::map<std::string, std::string> engines;
  for (const PlanReport::Instruction& row : plan.instructions) {
    std::string names;  // "forward: thin, backward_kernel: thin" -> "thin"
    for (std::size_t begin = 0; begin < row.engines.size();) {
      const std::size_t end = std::min(row.engines.find(", ", begin), row.engines.size());
      const std::string part = row.engines.substr(begin, end - begin);
      const std::size_t colon = part.find(": ");
      const std::string name = colon == std::string::npos ? part : part.substr(colon + 2);
      if (names.find(name) == std::string::npos) names += (names.empty() ? "" : ", ") + name;
      begin = end + 2;
    }
    std::string& known = engines[row.layer];
    if (names.empty() || known == names) continue;
    known += (known.empty() ? "" : "; backward ") + names;
  }
  return engines;
}

/// Names of the inputs that are not simply the layer above.
std::string inputs_text(const LayerReport& report, std::size_t position) {
  const LayerRow& layer = report.layers[position];
  if (layer.inputs.size() == 1 && layer.inputs[0] + 1 == static_cast<Index>(position)) return "";
  std::vector<std::string> names;
  for (const Index input : layer.inputs)
    names.push_back(report.layers[static_cast<std::size_t>(input)].name);
  return fmt::format("{}", fmt::join(names, ", "));
}

Json graph_block(const LayerReport& report, const PlanReport* plan) {
  Table table = layer_table(report);
  const std::map<std::string, std::string> engines =
      plan ? engines_of(*plan) : std::map<std::string, std::string>();
  // After the type: where the inputs come from and who computes the layer.
  constexpr std::ptrdiff_t kPlace = 2;
  const bool merges = std::ranges::any_of(report.layers, [&](const LayerRow& layer) {
    return !inputs_text(report, static_cast<std::size_t>(&layer - report.layers.data())).empty();
  });
  std::vector<Table::Column> columns;
  if (merges) columns.push_back({"inputs", Table::Align::left});
  if (plan) columns.push_back({"engine", Table::Align::left});
  table.columns.insert(table.columns.begin() + kPlace, columns.begin(), columns.end());
  Json nodes = Json::array();
  std::size_t node = 0;
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    Table::Row& row = table.rows[r];
    if (row.cells.size() == 1) continue;  // the rule below the code
    std::vector<std::string> cells;
    const bool layer = node < report.layers.size();
    if (merges) cells.push_back(layer ? inputs_text(report, node) : "");
    if (plan) {
      const auto found = layer ? engines.find(report.layers[node].name) : engines.end();
      cells.push_back(found == engines.end() ? "" : found->second);
    }
    row.cells.insert(row.cells.begin() + kPlace, cells.begin(), cells.end());
    if (!layer) continue;
    nodes.push_back({{"row", r},
                     {"inputs", report.layers[node].inputs},
                     {"code", report.layers[node].part == LayerRow::Part::latent}});
    ++node;
  }
  return {{"kind", "graph"}, {"table", blocks::table_content(table)}, {"nodes", nodes}};
}

/// The pictures that show one subject, before and after training: kernels, then frequency
/// responses.
void add_pictures(std::vector<Json>& to, const std::vector<Picture>& pictures,
                  const std::string& subject) {
  std::vector<blocks::Figure> mosaics, responses;
  std::string explained;
  for (const Picture& picture : pictures) {
    if (picture.subject != subject) continue;
    const bool response = picture.file.starts_with("frequency-");
    const std::string text = fmt::format("{}: {}", picture.about, picture.caption);
    (response ? responses : mosaics)
        .push_back({.picture = page_picture(view(picture.pixels)),
                    .alt = text,
                    .caption = response ? picture.about : text});
    if (response) explained = picture.caption;
  }
  if (!mosaics.empty()) to.push_back(blocks::pictures(mosaics));
  if (responses.empty()) return;
  explained[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(explained[0])));
  to.push_back(blocks::remark(explained + "."));
  to.push_back(blocks::pictures(responses));
}

LineChart spectrum_chart(const KernelReport& kernel, bool initial_known) {
  LineChart chart{.title = fmt::format("singular values of {}", kernel.layer),
                  .x = "number",
                  .lines = {{"after training", kernel.after.singular_values}},
                  .whole = true};
  if (initial_known)
    chart.lines.insert(chart.lines.begin(), {"before training", kernel.before.singular_values});
  for (std::size_t i = 1; i <= kernel.before.singular_values.size(); ++i)
    chart.at.push_back(static_cast<double>(i));
  return chart;
}

/// Explains the rows of the pair table that need it.
Json measures_legend(bool compared) {
  std::vector<std::pair<std::string, std::string>> facts{
      {"effective rank",
       "how many directions a kernel uses: exp of the entropy of its singular values' shares of "
       "their sum (Roy and Vetterli 2007). The most there can be stands beside it."}};
  if (compared) {
    facts.insert(
        facts.end(),
        {{"best matching",
          "each kernel of the first layer is paired with one of the second, each used once, so "
          "that the sum of the cosines is greatest. It does not matter in which order the layers "
          "keep their kernels."},
         {"best rotation", "the cosine after the best rotation of the first layer's features."},
         {"by chance",
          "the same measure for random kernels of this shape (Gaussian numbers). Only a value "
          "clearly above it says that the layers became alike."}});
  }
  return blocks::facts(facts);
}

std::vector<LineChart> history_charts_of(const PairReport& pair) {
  std::vector<LineChart> charts;
  const std::vector<Index> epochs = history_epochs(pair);
  for (const PairHistory& history : pair_histories(pair)) {
    charts.push_back({.title = history.name,
                      .x = "epoch",
                      .at = {epochs.begin(), epochs.end()},
                      .lines = {{"the pair", history.values},
                                {"by chance", std::vector(epochs.size(), history.by_chance)}},
                      .whole = true});
  }
  return charts;
}

std::string measures_caption(const Inspection& inspection) {
  return inspection.initial_known
             ? "measures before and after training"
             : "measures after training; the file does not hold the weights before it";
}

std::vector<Json> pair_blocks(const Inspection& inspection, const PairReport& pair,
                              const std::vector<Picture>& pictures) {
  std::vector<Json> content{blocks::text(joined(pair_sentence(pair)))};
  if (!inspection.trained) return content;
  if (const std::string sentence = joined(matching_sentence(pair)); !sentence.empty())
    content.push_back(blocks::text(sentence));
  add_pictures(content, pictures, title(pair));
  content.push_back(blocks::table(pair_table(inspection, pair),
                                  fmt::format("{}: {}", title(pair), measures_caption(inspection)),
                                  "measures"));
  content.push_back(measures_legend(pair.after.kernels.has_value()));
  std::vector<LineChart> charts;
  for (const std::string& name : {pair.convolution, pair.transpose}) {
    if (const KernelReport* kernel = inspection.kernel(name))
      charts.push_back(spectrum_chart(*kernel, inspection.initial_known));
  }
  content.push_back(blocks::charts(charts));
  const std::vector<LineChart> over_epochs = history_charts_of(pair);
  if (over_epochs.empty()) return content;
  content.push_back(blocks::heading("During training"));
  content.push_back(blocks::charts(over_epochs));
  return content;
}

void append(std::vector<Json>& to, std::vector<Json> blocks) {
  to.insert(to.end(), std::make_move_iterator(blocks.begin()),
            std::make_move_iterator(blocks.end()));
}

}  // namespace

void add_layers(Page& page, const Inspection& inspection, const PlanReport* plan) {
  std::vector<Json> content{blocks::text(input_sentence(inspection)),
                            graph_block(inspection.layers, plan)};
  if (const std::string sentence = latent_sentence(inspection.layers); !sentence.empty())
    content.push_back(blocks::text(sentence));
  content.push_back(blocks::remark(joined(layer_legend())));
  if (plan)
    content.push_back(blocks::remark(
        "engine: what computes the layer's convolutions in a training step, where it has any."));
  if (inspection.checkerboard) {
    content.push_back(blocks::heading("Checkerboard"));
    content.push_back(blocks::text(joined(checkerboard_sentences(*inspection.checkerboard))));
  }
  page.add_section("Layers", std::move(content));
}

void add_kernels(Page& page, const Inspection& inspection, const std::vector<Picture>& pictures) {
  std::vector<Json> pairs;
  for (const PairReport& pair : inspection.pairs) {
    const bool outermost = &pair == &inspection.pairs.front();
    std::vector<Json> content = pair_blocks(inspection, pair, pictures);
    if (outermost) {
      pairs.push_back(blocks::heading(title(pair)));
      append(pairs, std::move(content));
    } else {
      pairs.push_back(blocks::fold(title(pair), std::move(content)));
    }
  }
  if (!pairs.empty())
    pairs.insert(
        pairs.begin(),
        blocks::text("A Conv2D and the Conv2DTranspose that undoes its step, from the outside "
                     "inwards: does training make them alike?"));
  page.add_section("Symmetric pairs", std::move(pairs));
  std::vector<Json> kernels;
  for (const KernelReport& kernel : inspection.kernels) {
    std::vector<Json> content;
    add_pictures(content, pictures, kernel.layer);
    if (content.empty()) continue;
    if (&kernel == &inspection.kernels.front()) {
      kernels.push_back(blocks::heading(kernel.layer));
      append(kernels, std::move(content));
    } else {
      kernels.push_back(blocks::fold(kernel.layer, std::move(content)));
    }
  }
  if (!kernels.empty())
    kernels.insert(kernels.begin(),
                   blocks::text(inspection.initial_known
                                    ? "Zero is mid-gray; before and after training share one scale."
                                    : "Zero is mid-gray."));
  const Table others = other_kernels_table(inspection);
  if (!others.rows.empty()) {
    kernels.push_back(blocks::heading("Kernels that belong to no pair"));
    kernels.push_back(blocks::table(
        others, fmt::format("Kernels that belong to no pair: {}", measures_caption(inspection)),
        "measures"));
  }
  page.add_section("Kernels", std::move(kernels));
}

Page inspection_page(const Inspection& inspection, const std::vector<Picture>& pictures) {
  Page page(title(inspection), inspection.source);
  add_layers(page, inspection);
  add_kernels(page, inspection, pictures);
  return page;
}

Page activation_page(const std::string& model, const ActivationReport& report,
                     const std::vector<Picture>& pictures) {
  Page page(model, activation_sentence(report));
  page.add_section("Layers", {blocks::table(activation_table(report), "Outputs of the layers"),
                              blocks::remark(joined(activation_legend()))});
  std::vector<Json> content{
      blocks::text("The channels of each layer's output, after its activation function, in the "
                   "order in which the model runs them. Each layer has a scale of its own.")};
  for (const LayerActivation& layer : report.layers) {
    content.push_back(blocks::heading(fmt::format("{}, {}", layer.layer, layer.type)));
    add_pictures(content, pictures, layer.layer);
  }
  page.add_section("Activations", std::move(content));
  return page;
}

}  // namespace adjoint
