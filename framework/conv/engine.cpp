#include "framework/conv/engine.hpp"

#include <array>

#include "framework/conv/engine_list.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {

std::string_view to_string(Product product) {
  switch (product) {
    case Product::forward:
      return "forward";
    case Product::backward_data:
      return "backward_data";
    case Product::backward_kernel:
      break;
  }
  return "backward_kernel";
}

std::span<const Engine* const> engines() {
  static const std::array list{&thin_engine(), &gemm_engine(), &reference_engine()};
  return list;
}

const Engine& engine(std::string_view name) {
  std::string names;
  for (const Engine* engine : engines()) {
    if (engine->name() == name) return *engine;
    names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", engine->name());
  }
  throw InputError("no convolution engine is called \"{}\"; this build has {}", name, names);
}

const Engine& choose_engine(const ConvGeometry& geometry, Product product,
                            std::string_view wanted) {
  if (!wanted.empty()) {
    const Engine& named = engine(wanted);
    const std::string reason = named.refusal(geometry, product);
    if (!reason.empty())
      throw InputError("engine \"{}\" does not compute {} of {}: {}", wanted, to_string(product),
                       to_string(geometry), reason);
    return named;
  }
  for (const Engine* engine : engines())
    if (engine->refusal(geometry, product).empty()) return *engine;
  return reference_engine();
}

void apply_epilogue(const ConvGeometry& geometry, Product product, const ConvOperands& operands) {
  if (product == Product::backward_kernel) return;
  const bool to_features = product == Product::forward;
  const Shape sample = (to_features ? geometry.features : geometry.image).shape();
  apply(operands.epilogue,
        View(to_features ? operands.features : operands.image, sample.batched(operands.batch)));
}

}  // namespace adjoint
