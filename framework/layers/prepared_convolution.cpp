#include "framework/layers/prepared_convolution.hpp"

#include <fmt/format.h>

namespace adjoint {
namespace {

Convolution convolution_for(const ConvGeometry& geometry, const PrepareRequest& request,
                            Product forward, bool bias) {
  const EngineRequest engines{
      .options = request.convolution,
      .batch = request.batch,
      .follow = {.product = forward, .bias = bias, .activation = request.activation}};
  return request.mode == Mode::training ? Convolution(geometry, engines)
                                        : Convolution(geometry, engines, {forward});
}

}  // namespace

PreparedConvolution::PreparedConvolution(const ConvGeometry& geometry,
                                         const PrepareRequest& request, Product forward, bool bias)
    : convolution(convolution_for(geometry, request, forward, bias)) {}

std::string PreparedConvolution::description() const {
  std::string text;
  for (const Product product : Convolution::kProducts) {
    const std::string_view engine = convolution.engine_of(product);
    if (engine.empty()) continue;
    text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", to_string(product), engine);
  }
  return text;
}

}  // namespace adjoint
