#pragma once

#include <array>
#include <initializer_list>
#include <memory>
#include <string_view>

#include "framework/conv/engine.hpp"

namespace adjoint {

/// One convolution, ready to run: its geometry and the products of it that are wanted, each by the
/// engine chosen for it. Immutable; threads may share it, each with its own scratch.
///
/// Shapes: image (N, H, W, C), features (N, h, w, K), kernel (kh, kw, C / groups, K).
class Convolution : public Packing {
 public:
  /// Passes over a requested engine that refuses; throws InputError if none has that name.
  explicit Convolution(const ConvGeometry& geometry, const EngineRequest& request = {},
                       std::initializer_list<Product> products = kProducts);

  const ConvGeometry& geometry() const { return geometry_; }
  std::string_view engine_of(Product product) const { return parts_[slot(product)].engine; }
  /// Elements of scratch memory that the hungriest product needs.
  Index scratch_size() const;
  /// Packs the kernel for forward() and for backward_data(), one behind the other.
  Index packed_size() const override;
  void pack(const Real* kernel, Real* packed) const override;
  /// The form in which backward_kernel() writes the gradient; null: that of the kernel.
  const Packing* gradient_packing() const;

  struct Memory {
    ConstView packed;  // what pack() wrote
    View scratch;
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
  struct Part {
    std::string_view engine;
    std::unique_ptr<PreparedProduct> product;
    Index packed_offset = 0;
  };
  static std::size_t slot(Product product) { return static_cast<std::size_t>(product); }
  const Part& part(Product product) const { return parts_[slot(product)]; }
  void run(Product product, const ConvOperands& operands, const Memory& memory) const;

  ConvGeometry geometry_;
  std::array<Part, 3> parts_;
};

}  // namespace adjoint
