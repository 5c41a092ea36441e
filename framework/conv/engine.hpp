#pragma once

// Who computes the three products. To add an engine, write its .cpp and add a line to engines() in
// engine.cpp; nothing else knows the list.

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/conv/geometry.hpp"
#include "framework/pointwise/epilogue.hpp"

namespace adjoint {

/// The three products of a convolution with kernel matrix C_K. They are tied by one identity:
///     <forward(x, K), y> = <x, backward_data(y, K)> = <K, backward_kernel(x, y)>
enum class Product {
  forward,          // features = C_K image
  backward_data,    // image    = C_K^T features
  backward_kernel,  // kernel   = image * features, summed over the batch
};
std::string_view to_string(Product product);

/// In what numbers products may be computed. bf16 halves the operands (8 bits of precision instead
/// of 24) and still adds up in float32; an engine that has no bf16 computes in float32.
enum class Precision { float32, bf16 };
/// Throws InputError, naming the ones there are.
Precision precision_of(std::string_view name);
/// Why bf16 would not be faster here; empty if it is.
std::string bf16_refusal();

/// Who computes convolutions, and in what numbers.
struct ConvolutionOptions {
  /// Names an engine that goes before the others; empty: none does.
  std::string engine = {};
  Precision precision = Precision::float32;
};

/// How the products of one convolution are to be computed.
struct EngineRequest {
  ConvolutionOptions options = {};
  /// Samples that most runs will have; other batches work too, if slower.
  Index batch = 1;
  /// Bias and activation that follow one of the products at every run: an engine may fuse them.
  struct Follow {
    Product product = Product::forward;
    bool bias = false;
    Activation activation = {};
  } follow = {};
};

/// The three tensors of a convolution over one batch: (N, H, W, C), (kh, kw, C / groups, K), (N, h,
/// w, K). A product reads two of them and overwrites the third.
struct ConvOperands {
  Index batch = 0;
  Real* image = nullptr;
  /// Packed, where the product has a form of its own.
  Real* kernel = nullptr;
  Real* features = nullptr;
  /// Follows forward and backward_data. Where the request told what follows, just that.
  Epilogue epilogue = {};
};

/// A form of a kernel that suits a product better than the one in which layers store it. The graph
/// packs a kernel once a step, before any shard runs, and unpacks a kernel's gradient once, after
/// all shards' were added.
class Packing {
 public:
  virtual ~Packing() = default;
  /// Elements of the packed form; 0: there is none, and the kernel is used as it stands.
  virtual Index packed_size() const { return 0; }
  /// Writes packed_size() elements.
  virtual void pack(const Real* /*kernel*/, Real* /*packed*/) const {}
  /// The inverse, which is linear.
  virtual void unpack(const Real* /*packed*/, Real* /*kernel*/) const {}
};

/// One product, prepared for one geometry. Immutable: threads may share it, each with its own
/// scratch. Forward and backward_data read a packed kernel, backward_kernel writes one.
class PreparedProduct : public Packing {
 public:
  /// Elements of scratch memory that run() needs; it does not depend on the batch.
  virtual Index scratch_size() const { return 0; }
  /// Computes the product and overwrites its result. Allocates nothing.
  virtual void run(const ConvOperands& operands, Real* scratch) const = 0;
};

/// One way of computing products.
struct Engine {
  std::string_view name;
  std::unique_ptr<PreparedProduct> (*prepare)(const ConvGeometry&, Product, const EngineRequest&);
  /// Why this engine does not compute this product of this geometry; empty if it does.
  std::string (*refusal)(const ConvGeometry&, Product) = [](const ConvGeometry&, Product) {
    return std::string();
  };
  /// Whether it computes this product in bf16 where that is asked for, because that is faster.
  bool (*in_bf16)(const ConvGeometry&, Product) = [](const ConvGeometry&, Product) {
    return false;
  };
};

/// Every engine of this build, in order of preference; the reference is last and never refuses.
std::span<const Engine* const> engines();

std::vector<std::string> engine_names();

/// The engine of that name. Throws InputError naming the ones there are.
const Engine& engine(std::string_view name);

/// The first engine that does not refuse. The one that the options name goes before the others, and
/// where bf16 is asked for, those that have it go before those that do not. Throws InputError if
/// there is none of that name.
const Engine& choose_engine(const ConvGeometry& geometry, Product product,
                            const ConvolutionOptions& options = {});

}  // namespace adjoint
