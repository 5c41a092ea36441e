#pragma once

#include "framework/conv/convolution.hpp"
#include "framework/layers/layer.hpp"

namespace adjoint {

/// A convolution as a layer holds it between preparing and running, its kernel being the layer's
/// first parameter.
class PreparedConvolution : public Prepared {
 public:
  /// `forward` is the product that the layer's forward() asks for; in inference it is the only one.
  /// The bias, if any, and the request's activation follow it.
  PreparedConvolution(const ConvGeometry& geometry, const PrepareRequest& request, Product forward,
                      bool bias);

  Index scratch_size() const override { return convolution.scratch_size(); }
  Index bands() const override { return convolution.bands(forward_); }
  std::string description() const override;
  const Packing* packing() const override {
    return convolution.packed_size() > 0 ? &convolution : nullptr;
  }
  const Packing* gradient_packing() const override { return convolution.gradient_packing(); }

  const Convolution convolution;

 private:
  Product forward_;
};

/// The convolution that a layer prepared.
template <class Pass>
const Convolution& convolution_of(const Pass& pass) {
  return static_cast<const PreparedConvolution&>(*pass.prepared).convolution;
}
inline Convolution::Memory memory_of(const ForwardPass& pass) {
  return {.packed = pass.packed, .scratch = pass.scratch, .band = pass.band};
}
inline Convolution::Memory memory_of(const BackwardPass& pass) {
  return {.packed = pass.packed, .scratch = pass.scratch};
}

}  // namespace adjoint
