#pragma once

#include "framework/conv/convolution.hpp"
#include "framework/layers/prepared_convolution.hpp"
#include "framework/layers/weight_settings.hpp"
#include "framework/settings/keys.hpp"

namespace adjoint {

/// Base of Conv2D and Conv2DTranspose: settings, kernel, bias and the prepared convolution.
/// They differ only in which of the three products they call, and in which order.
class ConvolutionLayer : public Layer {
 public:
  struct Settings {
    Index filters = 0;
    Extent2 kernel_size{3, 3};
    Extent2 strides{1, 1};
    PaddingRule padding;
    Extent2 dilation_rate{1, 1};
    Index groups = 1;
    bool use_bias = true;
    /// Conv2DTranspose alone.
    std::optional<Extent2> output_padding;
    WeightSettings weights = {};

    ConvSpec spec() const;
  };

  explicit ConvolutionLayer(const Settings& settings) : settings_(settings) {}
  const Settings& settings() const { return settings_; }

  /// The convolution that this layer walks over. Throws InputError where the input does not fit.
  virtual ConvGeometry geometry(const LayerShapes& shapes) const = 0;

  /// kernel (kh, kw, image channels / groups, feature channels); bias (filters).
  std::vector<ParameterSpec> parameters(const LayerShapes& shapes) const override;
  std::unique_ptr<Prepared> prepare(const LayerShapes& shapes,
                                    const PrepareRequest& request) const override;
  bool fuses_activation() const override { return true; }
  BackwardNeeds backward_needs() const override { return {.inputs = true}; }
  Index multiply_adds(const LayerShapes& shapes) const override;

 protected:
  /// The product that forward() asks for.
  virtual Product forward_product() const = 0;

 private:
  Settings settings_;
};

}  // namespace adjoint
