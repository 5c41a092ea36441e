#include "framework/layers/prepared_convolution.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace adjoint {
namespace {

/// Multiply-adds that are worth a band of their own in inference: some 20 microseconds of one core.
constexpr Index kWorthABand = 1 << 20;

Convolution convolution_for(const ConvGeometry& geometry, const PrepareRequest& request,
                            Product forward, bool bias) {
  const EngineRequest engines{
      .options = request.convolution,
      .batch = request.batch,
      .follow = {.product = forward, .bias = bias, .activation = request.activation}};
  if (request.mode == Mode::training) return Convolution(geometry, engines);
  const Index bands = std::clamp<Index>(geometry.multiply_adds() / kWorthABand, 1, kMostBands);
  return Convolution(geometry, engines, {forward}, bands);
}

}  // namespace

PreparedConvolution::PreparedConvolution(const ConvGeometry& geometry,
                                         const PrepareRequest& request, Product forward, bool bias)
    : convolution(convolution_for(geometry, request, forward, bias)), forward_(forward) {}

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
