#pragma once

#include <array>
#include <memory>
#include <string_view>

#include "framework/conv/engine.hpp"

namespace adjoint {

/// One convolution, ready to run: its geometry and the three products of it, each by the engine
/// chosen for it. Immutable; threads may share it, each with its own scratch.
///
/// Shapes: image (N, H, W, C), features (N, h, w, K), kernel (kh, kw, C / groups, K).
class Convolution {
 public:
  /// `engine` names the engine to use; empty lets the list decide.
  explicit Convolution(const ConvGeometry& geometry, std::string_view engine = {});

  const ConvGeometry& geometry() const { return geometry_; }
  std::string_view engine_of(Product product) const;
  /// Elements of scratch memory that the hungriest product needs.
  Index scratch_size() const;

  /// features = C_K image
  void forward(ConstView image, ConstView kernel, View features, View scratch) const;
  /// image = C_K^T features
  void backward_data(ConstView features, ConstView kernel, View image, View scratch) const;
  /// kernel = image * features, summed over the batch
  void backward_kernel(ConstView image, ConstView features, View kernel, View scratch) const;

 private:
  ConvGeometry geometry_;
  std::array<std::string_view, 3> engine_;
  std::array<std::unique_ptr<PreparedProduct>, 3> products_;
};

}  // namespace adjoint
