#include "inference/inspection/report_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "inference/inspection/kernels/pair_history.hpp"

namespace adjoint {
namespace {

std::string bytes_text(Index bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  if (bytes < 1024 * 1024) return fmt::format("{:.1f} KiB", static_cast<double>(bytes) / 1024);
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1024 * 1024));
}

/// An empty cell for nothing.
std::string count_text(Index count) {
  return count == 0 ? "" : with_commas(count);
}

std::string field_text(const ReceptiveField& field) {
  return field.all ? "all" : fmt::format("{}x{}", field.height, field.width);
}

std::string type_text(const LayerRow& layer) {
  if (layer.activation == "linear" && layer.type != "Activation") return layer.type;
  return fmt::format("{}, {}", layer.type, layer.activation);
}

std::string shares_text(const LayerRow& layer) {
  std::string text;
  if (!layer.tied_to.empty()) text = fmt::format("kernel of {}", layer.tied_to);
  if (!layer.output_like.empty()) {
    text += fmt::format("{}size of {}", text.empty() ? "" : ", ", layer.output_like);
  }
  return text;
}

/// No "-0.000" for what rounds to nothing.
std::string number(double value, int digits = 3) {
  const std::string text = fmt::format("{:.{}f}", value, digits);
  return text.find_first_not_of("-0.") == std::string::npos ? fmt::format("{:.{}f}", 0.0, digits)
                                                            : text;
}

Summary absolute(std::vector<double> values) {
  for (double& value : values) value = std::abs(value);
  return summarize(std::move(values));
}

std::string range_text(const Summary& summary) {
  return fmt::format("{} to {}", number(summary.min, 2), number(summary.max, 2));
}

std::string idle_text(const IdleKernels& idle) {
  return fmt::format("{} and {}", idle.dead, idle.duplicates);
}

/// A table of measures; without the column "before" where what stands there is not known.
Table known_columns(Table table, const Inspection& inspection) {
  if (inspection.initial_known) return table;
  constexpr std::ptrdiff_t kBefore = 1;
  table.columns.erase(table.columns.begin() + kBefore);
  table.columns[kBefore].title = "trained";
  for (Table::Row& row : table.rows) row.cells.erase(row.cells.begin() + kBefore);
  return table;
}

void add_kernel_rows(Table& table, const Inspection& inspection, const KernelReport& kernel) {
  const KernelState &before = kernel.before, &after = kernel.after;
  const auto add = [&](const std::string& label, const std::string& then, const std::string& now) {
    table.rows.push_back({{label, then, now}});
  };
  add(fmt::format("norm of {}", kernel.layer), number(before.norm), number(after.norm));
  if (inspection.initial_known) add("  change, as a share of it", "", number(kernel.change));
  add("  greatest singular value", number(before.singular_values[0]),
      number(after.singular_values[0]));
  add(fmt::format("  effective rank, of {}", before.singular_values.size()),
      number(before.effective_rank, 1), number(after.effective_rank, 1));
  add("  mean frequency, cycles a pixel", number(before.mean_frequency),
      number(after.mean_frequency));
  add(fmt::format("  dead and duplicate kernels, of {}", kernel.shape[3]), idle_text(before.idle),
      idle_text(after.idle));
}

void add_comparison_rows(Table& table, const PairReport& pair) {
  const KernelComparison &before = *pair.before.kernels, &after = *pair.after.kernels;
  const auto add = [&](const std::string& label, auto text, const std::string& chance) {
    table.rows.push_back({{label, text(before), text(after), chance}});
  };
  add(
      "cosine of the whole kernels", [](const KernelComparison& c) { return number(c.cosine); },
      "0.000");
  add(
      "cosine, kernel by kernel: mean",
      [](const KernelComparison& c) { return number(summarize(c.by_channel).mean); }, "0.000");
  add(
      "  median", [](const KernelComparison& c) { return number(summarize(c.by_channel).median); },
      "0.000");
  add(
      "  least to greatest",
      [](const KernelComparison& c) { return range_text(summarize(c.by_channel)); }, "");
  add(
      "|cosine|, kernel by kernel: mean",
      [](const KernelComparison& c) { return number(absolute(c.by_channel).mean); },
      number(pair.chance.absolute_by_channel));
  add(
      "  median", [](const KernelComparison& c) { return number(absolute(c.by_channel).median); },
      "");
  add(
      "  least to greatest",
      [](const KernelComparison& c) { return range_text(absolute(c.by_channel)); }, "");
  add(
      "cosine, best matching: mean",
      [](const KernelComparison& c) { return number(summarize(c.matched).mean); },
      number(pair.chance.matched));
  add(
      "  median", [](const KernelComparison& c) { return number(summarize(c.matched).median); },
      "");
  add(
      "  least to greatest",
      [](const KernelComparison& c) { return range_text(summarize(c.matched)); }, "");
  add(
      "  matched to the same number",
      [](const KernelComparison& c) {
        return fmt::format("{} of {}", c.same_channel_matches(), c.matching.size());
      },
      fmt::format("1 of {}", pair.convolution_kernel[3]));
  add(
      "cosine of the whole kernels, best rotation",
      [](const KernelComparison& c) { return number(c.rotated); }, number(pair.chance.rotated));
  add(
      "cosine of the subspaces' angles: mean",
      [](const KernelComparison& c) { return number(summarize(c.subspaces.cosines).mean); },
      number(pair.chance.subspaces));
  add(
      "  dimensions, of both",
      [](const KernelComparison& c) {
        return fmt::format("{} and {}", c.subspaces.first_dimensions,
                           c.subspaces.second_dimensions);
      },
      "");
  add(
      "cosine of the frequency responses",
      [](const KernelComparison& c) { return number(c.frequency_cosine); },
      number(pair.chance.frequency_cosine));
}

const LayerRow* latent_of(const LayerReport& report) {
  const auto found = std::ranges::find(report.layers, LayerRow::Part::latent, &LayerRow::part);
  return found == report.layers.end() ? nullptr : &*found;
}

}  // namespace

std::string with_commas(Index number) {
  std::string digits = std::to_string(number);
  for (auto at = static_cast<Index>(digits.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3) {
    digits.insert(static_cast<std::size_t>(at), 1, ',');
  }
  return digits;
}

std::string title(const Inspection& inspection) {
  if (!inspection.trained) return inspection.name + ", not trained";
  if (inspection.epochs == 0) return inspection.name + ", not trained here";
  return fmt::format("{} after {} epoch{}", inspection.name, inspection.epochs,
                     inspection.epochs == 1 ? "" : "s");
}

std::string input_sentence(const Inspection& inspection) {
  const std::string input = to_string(inspection.layers.input);
  if (!inspection.input_is_example) return fmt::format("For one image of {}.", input);
  return fmt::format("For one image of {}; the model takes other sizes too, --input HxW.", input);
}

Table layer_table(const LayerReport& report) {
  using enum Table::Align;
  Table table{.columns = {{"layer", left},
                          {"type", left},
                          {"output", right},
                          {"parameters", right},
                          {"multiply-adds", right},
                          {"memory", right},
                          {"sees", right},
                          {"kernel", right},
                          {"shares", left}}};
  for (const LayerRow& layer : report.layers) {
    table.rows.push_back(
        {{layer.name, type_text(layer), to_string(layer.output), count_text(layer.parameters),
          count_text(layer.multiply_adds), bytes_text(layer.activation_bytes),
          field_text(layer.receptive_field), layer.kernel.empty() ? "" : to_string(layer.kernel),
          shares_text(layer)}});
    if (layer.part == LayerRow::Part::latent)
      table.rows.push_back({{"the code; above: encoder, below: decoder"}});
  }
  const Index fixed = report.parameters - report.trainable_parameters;
  table.rows.push_back(
      {{"total", fixed == 0 ? "" : fmt::format("{} not trained", with_commas(fixed)), "",
        with_commas(report.parameters), with_commas(report.multiply_adds),
        bytes_text(report.activation_bytes), "", "", ""},
       true});
  return table;
}

std::string layer_legend() {
  return "memory: of the layer's output. sees: the receptive field, height x width in pixels of "
         "the input.\nkernel: height x width x image channels x feature channels, as stored; a "
         "transposed convolution\ngoes from its features to its image.";
}

std::string latent_sentence(const LayerReport& report) {
  const LayerRow* latent = latent_of(report);
  if (!latent) return "";
  const Index code = latent->output.size(), image = report.input.size();
  const double ratio = static_cast<double>(code) / static_cast<double>(image);
  return fmt::format("The code, {}, holds {} numbers for the image's {}: {}.", latent->name,
                     with_commas(code), with_commas(image),
                     ratio >= 1 ? fmt::format("{:.3g} times as many", ratio)
                                : fmt::format("1 for {:.3g}", 1 / ratio));
}

std::string checkerboard_sentences(const Checkerboard& board) {
  constexpr double kNothing = 0.0005 / 255;  // shown as 0.00, and rounding of floats
  const std::string stride = fmt::format("{}x{}", board.stride.h, board.stride.w);
  std::string text = board.obstacle;
  if (text.empty() && board.score < kNothing) {
    text =
        fmt::format("In flat images the pixels of a {} block are alike: no checkerboard.", stride);
  } else if (text.empty()) {
    text = fmt::format(
        "In flat images the pixels of a {} block differ by {:.4f} (root mean square; {:.2f} levels "
        "of 255),\nmost of all at gray level {:.2f}.",
        stride, board.score, 255 * board.score, board.gray_level);
  }
  if (board.uneven_layers.empty()) return text;
  std::string layers;
  for (const UnevenLayer& layer : board.uneven_layers) {
    layers +=
        fmt::format("{}{} (kernel {}x{}, stride {}x{})", layers.empty() ? "" : ", ", layer.name,
                    layer.kernel.h, layer.kernel.w, layer.stride.h, layer.stride.w);
  }
  return text +
         fmt::format(
             "\nPixels get unequal numbers of kernel taps in {}.\nA kernel that is a multiple of "
             "the stride, UpSampling2D and Conv2D, or DepthToSpace avoid that:\nadjoint explain "
             "transpose --kernel {} --stride {}",
             layers, board.uneven_layers[0].kernel.h, board.uneven_layers[0].stride.h);
}

std::string title(const PairReport& pair) {
  return fmt::format("{} and {}", pair.convolution, pair.transpose);
}

std::string pair_sentence(const PairReport& pair) {
  const std::string shape = to_string(pair.convolution_kernel);
  if (pair.tied) {
    return fmt::format("One kernel, {}, that both layers use: every cosine is 1 by construction.",
                       shape);
  }
  if (pair.obstacle.empty()) {
    return fmt::format("Both kernels are {} and can be compared as they are stored.", shape);
  }
  return fmt::format(
      "{} beside {}: they differ in {},\nso the kernels of one have no partners in the other. "
      "Norms "
      "and singular values can be compared.",
      shape, to_string(pair.transpose_kernel), pair.obstacle);
}

Table pair_table(const Inspection& inspection, const PairReport& pair) {
  Table table{.columns = {{"", Table::Align::left}, {"before"}, {"after"}}};
  for (const std::string& name : {pair.convolution, pair.transpose}) {
    if (const KernelReport* kernel = inspection.kernel(name))
      add_kernel_rows(table, inspection, *kernel);
  }
  if (!pair.after.kernels && !pair.after.from_identity) return known_columns(table, inspection);
  table.columns.push_back({"by chance"});
  for (Table::Row& row : table.rows) row.cells.emplace_back();
  if (pair.after.kernels) add_comparison_rows(table, pair);
  if (pair.after.from_identity) {
    table.rows.push_back(
        {{"layers in sequence: distance from identity", number(*pair.before.from_identity),
          number(*pair.after.from_identity), number(*pair.from_identity_by_chance)}});
  }
  return known_columns(table, inspection);
}

Table history_table(const PairReport& pair) {
  const std::vector<PairHistory> histories = pair_histories(pair);
  if (histories.empty()) return {};
  Table table{.columns = {{"epoch"}}};
  for (const PairHistory& history : histories) table.columns.push_back({history.name});
  const std::vector<Index> epochs = history_epochs(pair);
  for (std::size_t e = 0; e < epochs.size(); ++e) {
    Table::Row row{{std::to_string(epochs[e])}};
    for (const PairHistory& history : histories) row.cells.push_back(number(history.values[e]));
    table.rows.push_back(std::move(row));
  }
  Table::Row chance{{"by chance"}, true};
  for (const PairHistory& history : histories) chance.cells.push_back(number(history.by_chance));
  table.rows.push_back(std::move(chance));
  return table;
}

std::string matching_sentence(const PairReport& pair) {
  if (!pair.after.kernels) return "";
  const double after = summarize(pair.after.kernels->matched).mean;
  // Three standard deviations: chance alone would hardly ever get there.
  const bool surprising = after > pair.chance.matched + 3 * pair.chance.matched_deviation;
  return fmt::format(
      "Under the best matching the kernels agree {} than random ones of this size would:\n"
      "{:.3f} after training, where Gaussian numbers give {:.3f} ± {:.3f}.",
      surprising ? "more" : "no more", after, pair.chance.matched, pair.chance.matched_deviation);
}

Table other_kernels_table(const Inspection& inspection) {
  Table table{.columns = {{"", Table::Align::left}, {"before"}, {"after"}}};
  for (const KernelReport& kernel : inspection.kernels) {
    const bool paired = std::ranges::any_of(inspection.pairs, [&](const PairReport& pair) {
      return pair.convolution == kernel.layer || pair.transpose == kernel.layer;
    });
    if (!paired) add_kernel_rows(table, inspection, kernel);
  }
  return known_columns(table, inspection);
}

}  // namespace adjoint
