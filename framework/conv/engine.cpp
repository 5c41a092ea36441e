#include "framework/conv/engine.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "framework/conv/engine_list.hpp"
#include "framework/conv/engine_table.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

template <const Engine& engine>
constexpr Kind<EngineFamily> row(std::string_view name, std::string_view doc) {
  return Kind<EngineFamily>::of<NoSettings>(
      name, doc, [](const NoSettings&) -> const Engine& { return engine; });
}

// The reference stands last and never refuses.
constexpr std::array kEngines{
    row<thin_engine>("thin", "SIMD kernels for 1 to 4 channels on one side"),
    row<winograd_engine>(
        "winograd",
        "Winograd's algorithm: 3x3 and 5x5 kernels with stride 1 and many channels on both sides"),
    row<onednn_engine>("onednn", "oneDNN's primitives: many channels on both sides"),
    row<depthwise_engine>("depthwise", "SIMD loops for one channel per group"),
    row<gemm_engine>("gemm", "im2col and col2im around a matrix product: any geometry"),
    row<reference_engine>("reference", "the definition: slow, and always right"),
};

}  // namespace

std::span<const Kind<EngineFamily>> EngineFamily::kinds() {
  return kEngines;
}

std::string_view to_string(Product product) {
  constexpr std::string_view kNames[] = {"forward", "backward_data", "backward_kernel"};
  return kNames[static_cast<std::size_t>(product)];
}

Precision precision_of(std::string_view name) {
  if (name == "float32") return Precision::float32;
  if (name == "bf16") return Precision::bf16;
  throw InputError("unknown precision \"{}\"; expected float32 or bf16", name);
}

std::span<const Engine* const> engines() {
  static const auto list = [] {
    std::array<const Engine*, kEngines.size()> engines{};
    std::ranges::transform(kEngines, engines.begin(), [](const Kind<EngineFamily>& kind) {
      return &kind.make(kind.settings());
    });
    return engines;
  }();
  return list;
}

std::vector<std::string> engine_names() {
  return kind_names<EngineFamily>();
}

const Engine& engine(std::string_view name) {
  if (const auto* kind = find_kind<EngineFamily>(name)) return kind->make(kind->settings());
  throw InputError("no convolution engine is called \"{}\"; this build has {}", name,
                   fmt::join(engine_names(), ", "));
}

const Engine& choose_engine(const ConvGeometry& geometry, Product product,
                            const ConvolutionOptions& options) {
  const auto computes = [&](const Engine& engine) {
    return engine.refusal(geometry, product).empty();
  };
  if (!options.engine.empty()) {
    const Engine& named = engine(options.engine);
    if (computes(named)) return named;
  }
  if (options.precision == Precision::bf16) {
    for (const Engine* engine : engines())
      if (engine->in_bf16(geometry, product) && computes(*engine)) return *engine;
  }
  for (const Engine* engine : engines())
    if (computes(*engine)) return *engine;
  return reference_engine;
}

void apply_epilogue(const ConvGeometry& geometry, Product product, const ConvOperands& operands) {
  if (product == Product::backward_kernel) return;
  const bool to_features = product == Product::forward;
  const Shape sample = (to_features ? geometry.features : geometry.image).shape();
  apply(operands.epilogue,
        View(to_features ? operands.features : operands.image, sample.batched(operands.batch)));
}

}  // namespace adjoint
