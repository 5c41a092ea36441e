#pragma once

#include "framework/config/keys.hpp"
#include "framework/conv/convolution.hpp"
#include "framework/layers/layer.hpp"

namespace adjoint {

/// What Conv2D and Conv2DTranspose share: settings, kernel, bias and the prepared convolution.
/// Which of the three products they call, and in which order, is all that tells them apart.
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

    ConvSpec spec() const;
  };

  explicit ConvolutionLayer(const Settings& settings) : settings_(settings) {}
  const Settings& settings() const { return settings_; }

  /// The convolution that this layer walks over. Throws InputError where the input does not fit.
  virtual ConvGeometry geometry(const LayerShapes& shapes) const = 0;

  /// kernel (kh, kw, image channels / groups, feature channels); bias (filters).
  std::vector<ParameterSpec> parameters(const LayerShapes& shapes) const override;
  std::unique_ptr<Prepared> prepare(const LayerShapes& shapes,
                                    std::string_view engine) const override;
  BackwardNeeds backward_needs() const override { return {.inputs = true}; }
  Index multiply_adds(const LayerShapes& shapes) const override;

 protected:
  struct PreparedConvolution final : Prepared {
    explicit PreparedConvolution(const ConvGeometry& geometry, std::string_view engine)
        : convolution(geometry, engine) {}
    Index scratch_size() const override { return convolution.scratch_size(); }
    Convolution convolution;
  };
  template <class Pass>
  static const Convolution& convolution(const Pass& pass) {
    return static_cast<const PreparedConvolution&>(*pass.prepared).convolution;
  }
  void add_bias(const ForwardPass& pass) const;
  void bias_gradient(const BackwardPass& pass) const;
  /// The input's height, width and channels; throws InputError unless it is an image.
  Plane input_plane(const LayerShapes& shapes) const;

 private:
  Settings settings_;
};

}  // namespace adjoint
