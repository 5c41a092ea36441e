#pragma once

// Who computes the three products. To add an engine, write its .cpp and add a line to engines() in
// engine.cpp; nothing else knows the list.

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "framework/conv/geometry.hpp"
#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// The three products of a convolution with kernel matrix C_K. They are tied by one identity:
///     <forward(x, K), y> = <x, backward_data(y, K)> = <K, backward_kernel(x, y)>
enum class Product {
  forward,          // features = C_K image
  backward_data,    // image    = C_K^T features
  backward_kernel,  // kernel   = image * features, summed over the batch
};
std::string_view to_string(Product product);

/// The three tensors of a convolution over one batch: (N, H, W, C), (kh, kw, C / groups, K), (N, h,
/// w, K). A product reads two of them and overwrites the third.
struct ConvOperands {
  Index batch = 0;
  Real* image = nullptr;
  Real* kernel = nullptr;
  Real* features = nullptr;
};

/// One product, prepared for one geometry. Immutable: threads may share it, each with its own
/// scratch.
class PreparedProduct {
 public:
  virtual ~PreparedProduct() = default;
  /// Elements of scratch memory that run() needs; it does not depend on the batch.
  virtual Index scratch_size() const { return 0; }
  /// Computes the product and overwrites its result. Allocates nothing.
  virtual void run(const ConvOperands& operands, Real* scratch) const = 0;
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual std::string_view name() const = 0;
  /// Why this engine does not compute this product of this geometry; empty if it does.
  virtual std::string refusal(const ConvGeometry&, Product) const { return {}; }
  virtual std::unique_ptr<PreparedProduct> prepare(const ConvGeometry&, Product) const = 0;
};

/// Every engine of this build, in order of preference; the reference is last and never refuses.
std::span<const Engine* const> engines();

/// The engine of that name. Throws InputError naming the ones there are.
const Engine& engine(std::string_view name);

/// The first engine that does not refuse; with a `wanted` name, that one, or InputError with its
/// reason.
const Engine& choose_engine(const ConvGeometry& geometry, Product product,
                            std::string_view wanted = {});

}  // namespace adjoint
