// The convolution matrix made practical. The feature positions of the whole batch are one long list
// of rows. A chunk of them at a time is unrolled (im2col) into a matrix of columns: one row a
// position, one column a kernel tap and channel. With the kernel seen as a matrix too, every
// product is one GEMM per group:
//
//     forward          features = columns kernel
//     backward_data    columns  = features kernel^T, then added back into the image (col2im)
//     backward_kernel  kernel   = columns^T features
//
// NHWC needs no transposes: group g is a block of columns of the kernel and of the features.

#include <algorithm>
#include <cstring>

#include "framework/conv/engine_list.hpp"
#include "framework/conv/gemm.hpp"

namespace adjoint {
namespace {

/// Size of the column buffer: it stays in the second-level cache.
constexpr Index kColumnBytes = 256 * 1024;

/// Fills columns from the image.
struct Gather {
  Real* columns;
  const Real* image;
  void padding(Index column, Index count) const { std::fill_n(columns + column, count, Real{0}); }
  void pixels(Index column, Index pixel, Index count) const {
    std::copy_n(image + pixel, count, columns + column);
  }
};

/// Adds columns to the image: the transpose of Gather.
struct Scatter {
  const Real* columns;
  Real* image;
  void padding(Index, Index) const {}
  void pixels(Index column, Index pixel, Index count) const {
    const Real* from = columns + column;
    Real* to = image + pixel;
    for (Index i = 0; i < count; ++i) to[i] += from[i];
  }
};

class GemmProduct final : public PreparedProduct {
 public:
  GemmProduct(const ConvGeometry& geometry, Product product)
      : g_(geometry),
        product_(product),
        taps_(geometry.kernel.h * geometry.kernel.w * geometry.image_channels_per_group()),
        chunk_(std::max<Index>(kColumnBytes / static_cast<Index>(sizeof(Real)) / taps_, 1)) {}

  Index scratch_size() const override { return g_.is_pointwise() ? 0 : chunk_ * taps_; }

  void run(const ConvOperands& operands, Real* scratch) const override {
    const Index rows = operands.batch * g_.features.h * g_.features.w;
    if (product_ == Product::backward_kernel && rows == 0)
      std::fill_n(operands.kernel, g_.kernel_shape().size(), Real{0});
    if (product_ == Product::backward_data && !g_.is_pointwise())
      std::fill_n(operands.image, operands.batch * g_.image.shape().size(), Real{0});
    const Index step = g_.is_pointwise() ? rows : chunk_;
    for (Index first = 0; first < rows; first += step)
      for (Index group = 0; group < g_.groups; ++group)
        run_chunk(operands, group, first, std::min(step, rows - first), scratch);
    apply_epilogue(g_, product_, operands);
  }

 private:
  void run_chunk(const ConvOperands& operands, Index group, Index first, Index rows,
                 Real* scratch) const {
    const Index channels = g_.image.channels;
    const Index filters = g_.features.channels;
    const Index group_filters = g_.feature_channels_per_group();
    Real* const image = operands.image + group * g_.image_channels_per_group();
    Real* const kernel = operands.kernel + group * group_filters;
    Real* const features = operands.features + first * filters + group * group_filters;
    // A pointwise convolution's image is its column matrix as it stands.
    const bool pointwise = g_.is_pointwise();
    Real* const columns = pointwise ? image + first * channels : scratch;
    const Index stride = pointwise ? channels : taps_;

    switch (product_) {
      case Product::forward:
        if (!pointwise) for_each_run(first, rows, Gather{columns, image});
        gemm({.rows = rows, .columns = group_filters, .inner = taps_}, {columns, stride},
             {kernel, filters}, features, filters);
        break;
      case Product::backward_data:
        gemm({.rows = rows, .columns = taps_, .inner = group_filters}, {features, filters},
             {kernel, filters, true}, columns, stride);
        if (!pointwise) for_each_run(first, rows, Scatter{columns, image});
        break;
      case Product::backward_kernel:
        if (!pointwise) for_each_run(first, rows, Gather{columns, image});
        gemm({.rows = taps_, .columns = group_filters, .inner = rows}, {columns, stride, true},
             {features, filters}, kernel, filters, first > 0);
        break;
    }
  }

  /// Walks over `rows` rows of the column matrix from row `first` on, in runs that are contiguous
  /// both there and in the image: of one pixel's channels, or of a whole kernel row's pixels where
  /// these are neighbours. Taps outside the image are padding. Offsets count from the group's first
  /// channel.
  template <class Visitor>
  void for_each_run(Index first, Index rows, Visitor visit) const {
    const Index width = g_.image.w, height = g_.image.h, channels = g_.image.channels;
    const Index group_channels = g_.image_channels_per_group();
    const bool whole_kernel_rows = g_.dilation.w == 1 && g_.groups == 1;
    const Index row_taps = g_.kernel.w * group_channels;
    Index ox = first % g_.features.w;
    Index oy = first / g_.features.w % g_.features.h;
    Index n = first / g_.features.w / g_.features.h;
    Index column = 0;
    for (Index row = 0; row < rows; ++row) {
      const Index x0 = ox * g_.stride.w - g_.padding.left;
      const Index y0 = oy * g_.stride.h - g_.padding.top;
      // Kernel columns begin ... end - 1 lie inside the image.
      const Index begin = std::clamp<Index>(-x0, 0, g_.kernel.w);
      const Index end = std::clamp<Index>(width - x0, begin, g_.kernel.w);
      for (Index ky = 0; ky < g_.kernel.h; ++ky, column += row_taps) {
        const Index y = y0 + ky * g_.dilation.h;
        const Index line = (n * height + y) * width;
        if (y < 0 || y >= height) {
          visit.padding(column, row_taps);
        } else if (whole_kernel_rows) {
          visit.padding(column, begin * channels);
          visit.pixels(column + begin * channels, (line + x0 + begin) * channels,
                       (end - begin) * channels);
          visit.padding(column + end * channels, row_taps - end * channels);
        } else {
          for (Index kx = 0; kx < g_.kernel.w; ++kx) {
            const Index x = x0 + kx * g_.dilation.w;
            const Index tap = column + kx * group_channels;
            if (x < 0 || x >= width)
              visit.padding(tap, group_channels);
            else
              visit.pixels(tap, (line + x) * channels, group_channels);
          }
        }
      }
      if (++ox == g_.features.w) {
        ox = 0;
        if (++oy == g_.features.h) oy = 0, ++n;
      }
    }
  }

  ConvGeometry g_;
  Product product_;
  Index taps_;   // columns of the column matrix: kernel height x width x channels of a group
  Index chunk_;  // rows of it at a time
};

}  // namespace

const Engine gemm_engine{.name = "gemm",
                         .prepare = [](const ConvGeometry& g, Product product,
                                       const EngineRequest&) -> std::unique_ptr<PreparedProduct> {
                           return std::make_unique<GemmProduct>(g, product);
                         }};

}  // namespace adjoint
