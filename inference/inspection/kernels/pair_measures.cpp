#include "inference/inspection/kernels/pair_measures.hpp"

#include "framework/layers/convolution_layer.hpp"
#include "inference/inspection/kernels/identity_distance.hpp"

namespace adjoint {
namespace {

const ConvolutionLayer::Settings& settings_of(const Model& model, Index node) {
  return dynamic_cast<const ConvolutionLayer&>(*model.nodes()[node].layer).settings();
}

/// Nothing where the layers go by different steps.
std::optional<double> distance(const Model& model, const SymmetricPair& pair, ConstView convolution,
                               ConstView transpose) {
  const ConvolutionLayer::Settings &one = settings_of(model, pair.convolution),
                                   &other = settings_of(model, pair.transpose);
  if (one.strides != other.strides || one.dilation_rate != other.dilation_rate ||
      one.groups != other.groups)
    return std::nullopt;
  return identity_distance(convolution, transpose, one.strides, one.dilation_rate, one.groups);
}

const Tensor& kernel_values(const Model& model, Index node) {
  return model.parameters()[kernel_of(model, node)].value;
}

}  // namespace

PairMeasures measure_pair(const Model& model, const SymmetricPair& pair) {
  return measure_pair(model, pair, view(kernel_values(model, pair.convolution)),
                      view(kernel_values(model, pair.transpose)));
}

PairMeasures measure_pair(const Model& model, const SymmetricPair& pair, ConstView convolution,
                          ConstView transpose) {
  if (pair.tied) return {.from_identity = distance(model, pair, convolution, convolution)};
  if (!(convolution.shape == transpose.shape)) return {};
  return {.kernels = compare_kernels(convolution, transpose),
          .from_identity = distance(model, pair, convolution, transpose)};
}

std::optional<double> random_distance(const Model& model, const SymmetricPair& pair) {
  const Shape shape = shape_of(kernel_values(model, pair.convolution));
  if (!(shape == shape_of(kernel_values(model, pair.transpose)))) return std::nullopt;
  const Tensor one = random_kernel(shape, 0), other = random_kernel(shape, pair.tied ? 0 : 1);
  return distance(model, pair, view(one), view(other));
}

}  // namespace adjoint
