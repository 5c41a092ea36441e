#include "inference/inspection/report_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "inference/inspection/report_tables.hpp"

namespace adjoint {
namespace {

constexpr std::size_t kShownSingularValues = 10;

std::string spectrum_line(std::string_view label, const std::vector<double>& values) {
  std::string line = fmt::format("    {:<8}", label);
  for (std::size_t i = 0; i < std::min(values.size(), kShownSingularValues); ++i) {
    line += fmt::format(" {:6.3f}", values[i]);
  }
  if (values.size() > kShownSingularValues) line += fmt::format(" ... {:6.3f}", values.back());
  line += '\n';
  return line;
}

std::string spectra_text(const Inspection& inspection, const PairReport& pair) {
  std::string text;
  for (const std::string& name : {pair.convolution, pair.transpose}) {
    const KernelReport* kernel = inspection.kernel(name);
    if (!kernel) continue;
    text += fmt::format("\n  singular values of {}\n", name);
    if (inspection.initial_known) text += spectrum_line("before", kernel->before.singular_values);
    text += spectrum_line(inspection.initial_known ? "after" : "", kernel->after.singular_values);
  }
  return text;
}

std::string pair_text(const Inspection& inspection, const PairReport& pair) {
  std::string text = fmt::format("\n{}\n{}\n", title(pair), pair_sentence(pair));
  if (!inspection.trained) return text;
  text += fmt::format("\n{}", table_text(pair_table(inspection, pair), 2));
  text += spectra_text(inspection, pair);
  const std::string matching = matching_sentence(pair);
  if (!matching.empty()) text += fmt::format("\n{}\n", matching);
  const Table history = history_table(pair);
  if (!history.rows.empty()) text += fmt::format("\n  during training\n{}", table_text(history, 4));
  return text;
}

}  // namespace

std::string report_text(const Inspection& inspection) {
  std::string text = fmt::format("{}\n{}\n\n{}{}\n", title(inspection), input_sentence(inspection),
                                 table_text(layer_table(inspection.layers)), layer_legend());
  const std::string latent = latent_sentence(inspection.layers);
  if (!latent.empty()) text += fmt::format("{}\n", latent);
  if (inspection.checkerboard)
    text += fmt::format("\nCHECKERBOARD\n\n{}\n", checkerboard_sentences(*inspection.checkerboard));
  if (!inspection.pairs.empty()) {
    text += "\nSYMMETRIC PAIRS, from the outside inwards\n";
    if (!inspection.initial_known) text += "The file does not hold the weights before training.\n";
    for (const PairReport& pair : inspection.pairs) text += pair_text(inspection, pair);
  }
  const Table others = other_kernels_table(inspection);
  if (!others.rows.empty()) text += fmt::format("\nOTHER KERNELS\n\n{}", table_text(others, 2));
  return text;
}

}  // namespace adjoint
