// Convolutions of 3x3 and 5x5 kernels with stride 1, in half of the multiplications or less:
// Winograd's minimal filtering F(2x2, 3x3). Source: Lavin & Gray, arXiv:1509.09308, section 4.1.
//
// Results come in tiles of 2x2, each from a patch of 4x4 pixels. Patches and kernel are
// transformed, channel by channel, into 16 numbers; these are multiplied point by point, which is a
// matrix product over the channels for each of the 16; and 2x2 results are made from what comes
// out:
//
//     Y = A^T [ sum over c of (G g G^T) * (B^T x B) ] A
//
//           1  0 -1  0          1    0    0            1  0
//     B^T = 0  1  1  0     G = 1/2  1/2  1/2      A =  1  1
//           0 -1  1  0         1/2 -1/2  1/2           1 -1
//           0  1  0 -1          0    0    1            0 -1
//
// The other two products are of the same kind. backward_data is a convolution of the features with
// the kernel turned round and its channel axes exchanged. backward_kernel transposes the formula
// above: G^T [ sum over tiles of (B^T x B) * (A y A^T) ] G. All transforms add, subtract and halve,
// so that small integers stay exact; larger tiles would multiply less and round more. Each side of
// a kernel of 5 is one of 3 and one of 2 behind it: 7 points, and 49 multiplications for 100.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "framework/conv/engine_list.hpp"
#include "framework/conv/winograd_kernels.hpp"
#include "framework/tensor/aligned_vector.hpp"

namespace adjoint {
namespace {

using winograd::kMostTaps;
using winograd::kTile;
using winograd::Matrices;
using winograd::Side;

/// With fewer channels on one side the transforms cost more than they save. The second number is
/// for narrow images, which fill less than 9/10 of their tiles.
constexpr Index kFewestChannels = 24, kFewestChannelsOfNarrow = 48;
/// Tiles that are worked on together: with both of their transforms they stay in the second-level
/// cache.
constexpr Index kMostTiles = 60, kBlockElements = 256 * 1024;

/// A pointer for each tap of a kernel.
template <class Pointer>
using Taps = std::array<Pointer, kMostTaps * kMostTaps>;
constexpr Index kMostPoints = Side{kMostTaps}.points() * Side{kMostTaps}.points();

/// The two sides of a product: patches are read from `from`; tiles are written to `to`, or read
/// from it where both make the gradient of the kernel.
struct Walk {
  Plane from, to;
  Index top, left;  // zeros around `from`

  explicit Walk(const ConvGeometry& g)
      : from(g.image), to(g.features), top(g.padding.top), left(g.padding.left) {}
};

/// Pointers to the pixels of squares of a plane, one square after the other.
template <class Pointer>
class Squares {
 public:
  /// `data` holds a batch of planes. Pixels that lie outside are `outside`.
  Squares(const Plane& plane, Index side, Pointer data, Pointer outside)
      : plane_(plane), side_(side), data_(data), outside_(outside) {}

  void clear() { size_ = 0; }
  /// The square of sample n whose first pixel is (y0, x0).
  void add(Index n, Index y0, Index x0) {
    for (Index y = y0; y < y0 + side_; ++y) {
      const bool in_row = y >= 0 && y < plane_.h;
      for (Index x = x0; x < x0 + side_; ++x) {
        const Index pixel = (n * plane_.h + y) * plane_.w + x;
        const bool inside = in_row && x >= 0 && x < plane_.w;
        pointers_[size_++] = inside ? data_ + pixel * plane_.channels : outside_;
      }
    }
  }
  std::span<const Pointer> pixels() const { return std::span(pointers_).first(size_); }

 private:
  Plane plane_;
  Index side_;
  Pointer data_, outside_;
  std::size_t size_ = 0;
  std::array<Pointer, kMostTiles * Side{kMostTaps}.pixels() * Side{kMostTaps}.pixels()> pointers_;
};

/// Common base of the three products.
class WinogradProduct : public PreparedProduct {
 public:
  WinogradProduct(const ConvGeometry& g, Product product)
      : geometry_(g),
        walk_(product == Product::backward_data ? turned(g) : g),
        side_{g.kernel.h},
        from_pitch_(aligned(walk_.from.channels)),
        to_pitch_(winograd::padded(walk_.to.channels)),
        block_(std::clamp<Index>(
            kBlockElements / (side_.points() * side_.points() * (from_pitch_ + to_pitch_)), 12,
            kMostTiles)) {}

 protected:
  Matrices matrices_of_patches(Real* data, Index tiles) const {
    return {side_, data, tiles, walk_.from.channels, from_pitch_};
  }
  Matrices matrices_of_tiles(Real* data, Index tiles) const {
    return {side_, data, tiles, walk_.to.channels, to_pitch_};
  }
  Index patches_size() const { return aligned(matrices_of_patches(nullptr, block_).size()); }
  Index tiles_size() const { return aligned(matrices_of_tiles(nullptr, block_).size()); }

  Squares<const Real*> patches_of(const Real* from, const Real* zeros) const {
    return {walk_.from, side_.pixels(), from, zeros};
  }
  template <class Pointer>
  Squares<Pointer> tiles_of(Pointer to, Pointer outside) const {
    return {walk_.to, kTile, to, outside};
  }
  /// Calls body(tiles) when patches and tiles hold those of a block, block after block.
  template <class Tiles, class Body>
  void for_each_block(Index batch, Squares<const Real*>& patches, Tiles& tiles, Body body) const {
    Index count = 0;
    const auto end = [&] {
      if (count > 0) body(count);
      count = 0;
      patches.clear();
      tiles.clear();
    };
    for (Index n = 0; n < batch; ++n) {
      for (Index y = 0; y < walk_.to.h; y += kTile) {
        for (Index x = 0; x < walk_.to.w; x += kTile) {
          patches.add(n, y - walk_.top, x - walk_.left);
          tiles.add(n, y, x);
          if (++count == block_) end();
        }
      }
    }
    end();
  }

  ConvGeometry geometry_;
  Walk walk_;
  Side side_;
  Index from_pitch_, to_pitch_;
  Index block_;  // tiles
};

/// forward and backward_data: patches of one side to tiles of the other.
class ToTiles final : public WinogradProduct {
 public:
  ToTiles(const ConvGeometry& g, Product product)
      : WinogradProduct(g, product), turned_(product == Product::backward_data) {}

  Index packed_size() const override { return kernel(nullptr).size(); }

  void pack(const Real* kernel, Real* packed) const override {
    std::fill_n(packed, packed_size(), Real{0});
    const Matrices matrices = this->kernel(packed);
    if (turned_)
      pack_turned(kernel, matrices);
    else
      for (Index c = 0; c < matrices.rows; ++c)
        transform_row(kernel + c * matrices.columns, matrices.columns,
                      matrices.data + c * matrices.pitch, matrices.step());
  }

  Index scratch_size() const override {
    return patches_size() + tiles_size() + from_pitch_ + to_pitch_;
  }

  void run(const ConvOperands& operands, Real* scratch) const override {
    Real* const transformed = scratch;
    Real* const products = transformed + patches_size();
    Real* const zeros = products + tiles_size();
    Real* const nowhere = zeros + from_pitch_;
    std::fill_n(zeros, from_pitch_, Real{0});
    Real* const from = turned_ ? operands.features : operands.image;
    Real* const to = turned_ ? operands.image : operands.features;
    Squares<const Real*> patches = patches_of(from, zeros);
    Squares<Real*> tiles = tiles_of(to, nowhere);
    const Activation& f = operands.epilogue.activation;
    const bool in_registers = is_piecewise_linear(f.kind);
    for_each_block(operands.batch, patches, tiles, [&](Index count) {
      const Matrices taken = matrices_of_patches(transformed, count),
                     given = matrices_of_tiles(products, count);
      winograd::transform_patches(patches.pixels(), taken);
      winograd::multiply(taken, kernel(operands.kernel), given);
      winograd::transform_back(given, operands.epilogue.bias.data, in_registers ? f : Activation{},
                               tiles.pixels());
    });
    if (in_registers) return;
    const View all(to, walk_.to.shape().batched(operands.batch));
    apply(f, all, all);
  }

 private:
  /// Transforms the rows of so many elements that begin at this one.
  void transform_row(const Real* element, Index count, Real* to, Index step) const {
    const Index taps = side_.taps * side_.taps,
                tap = geometry_.image.channels * geometry_.features.channels;
    Taps<const Real*> places;
    for (Index t = 0; t < taps; ++t) places[t] = element + (turned_ ? taps - 1 - t : t) * tap;
    winograd::transform_kernel(side_, places.data(), count, to, step);
  }
  /// The kernel's rows are the columns of the matrices: squares of both are transposed.
  void pack_turned(const Real* kernel, const Matrices& matrices) const {
    constexpr Index kSide = 16;
    const Index points = matrices.count();
    std::array<Real, kMostPoints * kSide * kSide> square;  // (row of the kernel, point, column)
    for (Index k = 0; k < matrices.columns; k += kSide) {
      const Index rows = std::min(kSide, matrices.columns - k);
      for (Index c = 0; c < matrices.rows; c += kSide) {
        const Index columns = std::min(kSide, matrices.rows - c);
        for (Index i = 0; i < rows; ++i)
          transform_row(kernel + (k + i) * matrices.rows + c, columns,
                        square.data() + i * points * kSide, kSide);
        for (Index p = 0; p < points; ++p) {
          Real* const to = matrices.point(p) + c * matrices.pitch + k;
          const Real* const from = square.data() + p * kSide;
          for (Index j = 0; j < columns; ++j)
            for (Index i = 0; i < rows; ++i)
              to[j * matrices.pitch + i] = from[i * points * kSide + j];
        }
      }
    }
  }
  Matrices kernel(Real* packed) const {
    return {side_, packed, walk_.from.channels, walk_.to.channels, to_pitch_};
  }

  bool turned_;
};

/// backward_kernel: what patches of the image and tiles of the features have in common.
class ToKernel final : public WinogradProduct {
 public:
  explicit ToKernel(const ConvGeometry& g) : WinogradProduct(g, Product::backward_kernel) {}

  Index scratch_size() const override {
    return patches_size() + tiles_size() + sums(nullptr).size() + std::max(from_pitch_, to_pitch_);
  }

  void run(const ConvOperands& operands, Real* scratch) const override {
    Real* const images = scratch;
    Real* const features = images + patches_size();
    const Matrices sums = this->sums(features + tiles_size());
    Real* const zeros = sums.data + sums.size();
    std::fill_n(sums.data, sums.size() + std::max(from_pitch_, to_pitch_), Real{0});
    Squares<const Real*> patches = patches_of(operands.image, zeros),
                         tiles = tiles_of<const Real*>(operands.features, zeros);
    for_each_block(operands.batch, patches, tiles, [&](Index count) {
      const Matrices a = matrices_of_patches(images, count), b = matrices_of_tiles(features, count);
      winograd::transform_patches(patches.pixels(), a);
      winograd::transform_tiles(tiles.pixels(), b);
      winograd::add_product_transposed(a, b, sums);
    });
    for (Index c = 0; c < sums.rows; ++c) {
      Taps<Real*> places;
      for (Index t = 0; t < side_.taps * side_.taps; ++t)
        places[t] = operands.kernel + (t * sums.rows + c) * sums.columns;
      winograd::transform_kernel_back(side_, sums.data + c * sums.pitch, sums.step(), sums.columns,
                                      places.data());
    }
  }

 private:
  Matrices sums(Real* data) const {
    return {side_, data, walk_.from.channels, walk_.to.channels, to_pitch_};
  }
};

}  // namespace

const Engine winograd_engine{
    .name = "winograd",
    .prepare = [](const ConvGeometry& g, Product product,
                  const EngineRequest&) -> std::unique_ptr<PreparedProduct> {
      if (product == Product::backward_kernel) return std::make_unique<ToKernel>(g);
      return std::make_unique<ToTiles>(g, product);
    },
    .refusal = [](const ConvGeometry& g, Product product) -> std::string {
      const bool suits = (g.kernel == Extent2{3, 3} || g.kernel == Extent2{5, 5}) &&
                         g.stride == Extent2{1, 1} && g.dilation == Extent2{1, 1} && g.groups == 1;
      if (!suits)
        return "it takes kernels of 3x3 and 5x5 with strides and dilation of 1 and groups = 1";
      const Index width = (product == Product::backward_data ? g.image : g.features).w;
      const bool narrow = 10 * width < 9 * (width + width % kTile);
      if (narrow && g.kernel.w > 3)
        return "on images this narrow, tiles for kernels of 5x5 waste more than they save";
      const Index fewest = narrow ? kFewestChannelsOfNarrow : kFewestChannels;
      if (std::min(g.image.channels, g.features.channels) < fewest)
        return fmt::format("it takes {} or more channels on both sides", fewest);
      return {};
    }};

}  // namespace adjoint
