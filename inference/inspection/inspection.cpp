#include "inference/inspection/inspection.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "framework/tensor/error.hpp"
#include "inference/inspection/kernels/frequency_response.hpp"
#include "inference/inspection/kernels/singular_values.hpp"

namespace adjoint {
namespace {

bool is_convolution(const Node& node) {
  return node.layer && (node.layer->type() == "Conv2D" || node.layer->type() == "Conv2DTranspose");
}

KernelState state_of(const Tensor& kernel) {
  const Index features = shape_of(kernel).back();
  KernelState state{.values = kernel, .norm = frobenius_norm(view(kernel))};
  state.singular_values =
      singular_values(view(kernel).reshaped({shape_of(kernel).size() / features, features}));
  state.effective_rank = effective_rank(state.singular_values);
  state.frequencies = frequency_response(view(kernel));
  state.mean_frequency = mean_frequency(state.frequencies);
  state.idle = idle_kernels(view(kernel));
  return state;
}

KernelReport report_kernel(const std::string& layer, const Parameter& kernel,
                           const std::map<std::string, Tensor>& initial_weights) {
  const auto initial = initial_weights.find(kernel.name);
  if (initial == initial_weights.end() || !(shape_of(initial->second) == shape_of(kernel.value))) {
    throw InputError("the checkpoint does not hold the initial weights of {}", kernel.name);
  }
  return {.layer = layer,
          .shape = shape_of(kernel.value),
          .before = state_of(initial->second),
          .after = state_of(kernel.value),
          .change = relative_change(view(initial->second), view(kernel.value))};
}

/// Why kernels of these shapes, with the axes' names, have no common measure.
std::string obstacle_between(const Shape& convolution, const Shape& transpose) {
  std::string text;
  const auto differ = [&](bool differs, std::string_view what, const std::string& one,
                          const std::string& other) {
    if (differs) {
      text += fmt::format("{}{} ({} and {})", text.empty() ? "" : ", ", what, one, other);
    }
  };
  const auto size = [](const Shape& s) { return fmt::format("{}x{}", s[0], s[1]); };
  differ(size(convolution) != size(transpose), "sizes", size(convolution), size(transpose));
  differ(convolution[2] != transpose[2], "image channels", std::to_string(convolution[2]),
         std::to_string(transpose[2]));
  differ(convolution[3] != transpose[3], "feature channels", std::to_string(convolution[3]),
         std::to_string(transpose[3]));
  return text;
}

PairReport report_pair(const Model& model, const SymmetricPair& pair, const Inspection& found) {
  const auto shape = [&](Index node) {
    return shape_of(model.parameters()[kernel_of(model, node)].value);
  };
  PairReport report{.convolution = model.nodes()[pair.convolution].name,
                    .transpose = model.nodes()[pair.transpose].name,
                    .tied = pair.tied,
                    .convolution_kernel = shape(pair.convolution),
                    .transpose_kernel = shape(pair.transpose)};
  report.obstacle = obstacle_between(report.convolution_kernel, report.transpose_kernel);
  const KernelReport* first = found.kernel(report.convolution);
  const KernelReport* second = found.kernel(report.transpose);
  if (!report.obstacle.empty() || !first) return report;
  if (pair.tied) second = first;
  if (!second) return report;
  report.before =
      measure_pair(model, pair, view(first->before.values), view(second->before.values));
  report.after = measure_pair(model, pair, view(first->after.values), view(second->after.values));
  if (report.after.kernels) report.chance = chance_level(report.convolution_kernel);
  report.from_identity_by_chance = random_distance(model, pair);
  return report;
}

}  // namespace

const KernelReport* Inspection::kernel(const std::string& layer) const {
  const auto found = std::ranges::find(kernels, layer, &KernelReport::layer);
  return found == kernels.end() ? nullptr : &*found;
}

Inspection inspect(const Model& model, const Shape& input,
                   const std::map<std::string, Tensor>* initial_weights) {
  Inspection result{.trained = initial_weights != nullptr, .layers = report_layers(model, input)};
  if (initial_weights) {
    for (Index n = 1; n <= model.output(); ++n) {
      const Node& node = model.nodes()[n];
      if (!is_convolution(node) || node.tied_to >= 0 || node.shared_with >= 0) continue;
      result.kernels.push_back(
          report_kernel(node.name, model.parameters()[kernel_of(model, n)], *initial_weights));
    }
  }
  for (const SymmetricPair& pair : symmetric_pairs(model)) {
    result.pairs.push_back(report_pair(model, pair, result));
  }
  return result;
}

void add_epoch(Inspection& inspection, Index epoch, const Model& model) {
  const std::vector<SymmetricPair> pairs = symmetric_pairs(model);
  for (std::size_t p = 0; p < pairs.size(); ++p)
    inspection.pairs[p].epochs.push_back({epoch, measure_pair(model, pairs[p])});
}

}  // namespace adjoint
