#pragma once

#include <array>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <vector>

#include "framework/conv/row_bands.hpp"

namespace adjoint {

/// One convolution, ready to run: its geometry and the products of it that are wanted, each by the
/// engine chosen for it. Immutable; threads may share it, each with its own scratch.
///
/// Shapes: image (N, H, W, C), features (N, h, w, K), kernel (kh, kw, C / groups, K).
class Convolution : public Packing {
 public:
  /// Passes over a requested engine that refuses; throws InputError if none has that name.
  /// `most_bands`: into how many bands of rows forward() and backward_data() may be cut, which
  /// threads may compute side by side.
  explicit Convolution(const ConvGeometry& geometry, const EngineRequest& request = {},
                       std::initializer_list<Product> products = kProducts, Index most_bands = 1);

  const ConvGeometry& geometry() const { return geometry_; }
  std::string_view engine_of(Product product) const { return parts_[slot(product)].engine; }
  /// Bands of rows of one of its products.
  Index bands(Product product) const { return static_cast<Index>(part(product).bands.size()); }
  /// Elements of scratch memory that the hungriest band of a product needs.
  Index scratch_size() const { return scratch_size_; }
  /// Packs the kernel for forward() and for backward_data(), one behind the other.
  Index packed_size() const override { return packed_size_; }
  void pack(const Real* kernel, Real* packed) const override;
  /// The form in which backward_kernel() writes the gradient; null: that of the kernel.
  const Packing* gradient_packing() const;

  struct Memory {
    ConstView packed;  // what pack() wrote
    View scratch;
    Index band = -1;  // which of bands() to compute; -1: all
  };
  /// features = f(C_K image)
  void forward(ConstView image, ConstView kernel, View features, const Memory& memory,
               const Epilogue& epilogue = {}) const;
  /// image = f(C_K^T features)
  void backward_data(ConstView features, ConstView kernel, View image, const Memory& memory,
                     const Epilogue& epilogue = {}) const;
  /// kernel gradient = image * features, summed over the batch; see gradient_packing()
  void backward_kernel(ConstView image, ConstView features, View kernel_gradient,
                       const Memory& memory) const;

  static constexpr std::initializer_list<Product> kProducts{
      Product::forward, Product::backward_data, Product::backward_kernel};

 private:
  struct Band {
    Index image_row = 0, feature_row = 0;
    std::shared_ptr<PreparedProduct> product;  // bands of one geometry share it
    Index packed_offset = 0;
  };
  struct Part {
    std::string_view engine;
    std::vector<Band> bands;
  };
  Part prepare(Product product, const EngineRequest& request, Index most_bands);
  static std::size_t slot(Product product) { return static_cast<std::size_t>(product); }
  const Part& part(Product product) const { return parts_[slot(product)]; }
  void run(Product product, const ConvOperands& operands, const Memory& memory) const;

  ConvGeometry geometry_;
  std::array<Part, 3> parts_;
  Index packed_size_ = 0;  // of the kernels of forward() and backward_data()
  Index scratch_size_ = 0;
};

}  // namespace adjoint
