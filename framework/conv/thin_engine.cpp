// Convolutions that have 1 to 4 channels on one side: where every autoencoder begins and ends.
//
// Vendor libraries keep the channels of a position in the lanes of a vector, and pad 1 channel to
// 16. Here the thin side is never in the lanes: the image is copied, a band of rows at a time, into
// planes (thin_planes.hpp) in which a kernel tap is an offset, and thin_kernels.hpp multiplies
// those with vectors of the thick side.
//
//     thin image (H, W, C) --load--> band of planes --+-- spread ----> features (h, w, K)
//                          <-store--                <-+-- collect ---- features
//                                                     +-- correlate -- features --> kernel
//
// If the features are the thin side instead, and the stride is 1, the convolution is turned. So
// `thin` and `thick` below are the image and the features, or the other way round.

#include <algorithm>

#include "framework/conv/engine_list.hpp"
#include "framework/conv/thin_kernels.hpp"
#include "framework/conv/thin_planes.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

constexpr Index kThinChannels = 4;
/// Elements of a band: with the vectors that pass by, it stays in the first-level cache.
constexpr Index kBandElements = 4096;

bool image_is_thin(const ConvGeometry& g) {
  return g.image.channels <= kThinChannels;
}

/// Where the kernel's elements of a tap (ky, kx, thin channel) stand.
struct KernelLayout {
  std::vector<Index> taps;  // the first thick channel of each tap
  Index step;               // from one thick channel to the next
};

KernelLayout kernel_layout(const ConvGeometry& g) {
  const bool native = image_is_thin(g);
  KernelLayout layout{.taps = {}, .step = native ? 1 : g.features.channels};
  const Index positions = g.kernel.h * g.kernel.w;
  const Index channels = native ? g.image.channels : g.features.channels;
  for (Index p = 0; p < positions; ++p)
    for (Index c = 0; c < channels; ++c)
      layout.taps.push_back(native ? (p * channels + c) * g.features.channels
                                   : (positions - 1 - p) * g.image.channels * channels + c);
  return layout;
}

/// Common base of the three products.
class ThinProduct : public PreparedProduct {
 public:
  explicit ThinProduct(const ConvGeometry& g)
      : turned_(!image_is_thin(g)),
        g_(turned_ ? turned(g) : g),
        planes_(g_, thin::lanes()),
        thin_size_(g_.image.shape().size()),
        thick_size_(g_.features.shape().size()),
        kernel_(kernel_layout(g)),
        blocks_{.channels = g_.features.channels, .lanes = thin::lanes()} {}

 protected:
  Index taps() const { return static_cast<Index>(planes_.offsets().size()); }
  Real* thin_sample(const ConvOperands& operands, Index n) const {
    return (turned_ ? operands.features : operands.image) + n * thin_size_;
  }
  Real* thick_sample(const ConvOperands& operands, Index n) const {
    return (turned_ ? operands.image : operands.features) + n * thick_size_;
  }
  thin::Band band(Real* data) const {
    return {.data = data,
            .row_pitch = g_.stride.h * planes_.row(),
            .offsets = planes_.offsets().data(),
            .taps = taps()};
  }
  /// Rows first ... first + rows - 1 of a sample.
  thin::Thick thick_rows(Real* sample, Index first, Index rows) const {
    return {.data = sample + first * g_.features.w * g_.features.channels,
            .rows = rows,
            .width = g_.features.w,
            .channels = g_.features.channels};
  }

  bool turned_;
  ConvGeometry g_;  // seen from the thin side, which is its image
  thin::Planes planes_;
  Index thin_size_, thick_size_;  // of a sample
  KernelLayout kernel_;
  thin::ChannelBlocks blocks_;
};

/// The products that read the thin side.
class ThinReader : public ThinProduct {
 public:
  explicit ThinReader(const ConvGeometry& g)
      : ThinProduct(g), rows_(std::max<Index>(kBandElements / (planes_.row() * g_.stride.h), 1)) {}

  Index packed_size() const override { return taps() * blocks_.padded(); }

 protected:
  Index band_size() const { return planes_.rows_of(rows_) * planes_.row(); }

  /// Calls visit(element of the kernel, element of its packed form).
  template <class Visit>
  void for_each_weight(Visit visit) const {
    for (Index tap = 0; tap < taps(); ++tap)
      for (Index k = 0; k < blocks_.channels; ++k)
        visit(kernel_.taps[tap] + k * kernel_.step, blocks_.packed_index(taps(), tap, k));
  }

  /// Calls body(sample, band of the thin side, the rows of the thick side that it belongs to).
  template <class Body>
  void for_each_band(const ConvOperands& operands, Real* data, Body body) const {
    std::fill_n(data, band_size(), Real{0});
    for (Index n = 0; n < operands.batch; ++n)
      for (Index first = 0; first < g_.features.h; first += rows_) {
        const Index rows = std::min(rows_, g_.features.h - first);
        for (Index y = 0; y < planes_.rows_of(rows); ++y)
          planes_.load_row(thin_sample(operands, n), first * g_.stride.h + y,
                           data + y * planes_.row());
        body(band(data), thick_rows(thick_sample(operands, n), first, rows));
      }
  }

  Index rows_;  // of the thick side, in a band
};

class Spread final : public ThinReader {
 public:
  using ThinReader::ThinReader;

  Index scratch_size() const override { return blocks_.padded() + band_size(); }

  void pack(const Real* kernel, Real* packed) const override {
    std::fill_n(packed, packed_size(), Real{0});
    for_each_weight([=](Index from, Index to) { packed[to] = kernel[from]; });
  }

  void run(const ConvOperands& operands, Real* scratch) const override {
    Real* const bias = scratch;
    std::fill_n(bias, blocks_.padded(), Real{0});
    std::copy_n(operands.epilogue.bias.data, operands.epilogue.bias.size(), bias);
    const Activation& f = operands.epilogue.activation;
    const bool in_registers = is_piecewise_linear(f.kind);
    for_each_band(operands, scratch + blocks_.padded(), [&](thin::Band thin, thin::Thick thick) {
      thin::spread(thin, operands.kernel, bias, f, thick);
      if (in_registers) return;
      const View values(thick.data, {thick.rows, thick.width, thick.channels});
      apply(f, values, values);
    });
  }
};

class Correlate final : public ThinReader {
 public:
  using ThinReader::ThinReader;

  Index scratch_size() const override {
    return band_size() + thin::correlate_scratch(rows_ * g_.features.w, blocks_.channels);
  }

  void unpack(const Real* packed, Real* kernel) const override {
    for_each_weight([=](Index to, Index from) { kernel[to] = packed[from]; });
  }

  void run(const ConvOperands& operands, Real* scratch) const override {
    std::fill_n(operands.kernel, packed_size(), Real{0});
    for_each_band(operands, scratch, [&](thin::Band thin, thin::Thick thick) {
      thin::correlate(thin, thick, operands.kernel, scratch + band_size());
    });
  }
};

class Collect final : public ThinProduct {
 public:
  explicit Collect(const ConvGeometry& g)
      : ThinProduct(g),
        rows_(std::max<Index>(
            kBandElements / (planes_.row() * g_.stride.h + taps() * g_.features.w), 1)),
        carried_(std::max<Index>(planes_.rows_of(1) - g_.stride.h, 0)) {}

  Index scratch_size() const override {
    return band_rows() * planes_.row() +
           thin::collect_scratch(taps(), rows_ * g_.features.w, blocks_.channels);
  }
  Index packed_size() const override { return taps() * blocks_.channels; }

  void pack(const Real* kernel, Real* packed) const override {
    for (Index k = 0; k < blocks_.channels; ++k)
      for (Index tap = 0; tap < taps(); ++tap)
        *packed++ = kernel[kernel_.taps[tap] + k * kernel_.step];
  }

  void run(const ConvOperands& operands, Real* scratch) const override {
    for (Index n = 0; n < operands.batch; ++n)
      run_sample(thick_sample(operands, n), operands.kernel, thin_sample(operands, n),
                 operands.epilogue, scratch);
  }

 private:
  Index band_rows() const { return rows_ * g_.stride.h + carried_; }

  /// Adds band after band to planes. Rows that no later band adds to go out to the image; the
  /// others are carried over to the top of the next band.
  void run_sample(Real* thick, const Real* kernel, Real* image, const Epilogue& epilogue,
                  Real* planes) const {
    const Index size = band_rows() * planes_.row(), carried = carried_ * planes_.row();
    Real* const scratch = planes + size;
    std::fill_n(planes, size, Real{0});
    for (Index first = 0, y = 0; first < g_.features.h; first += rows_) {
      const Index rows = std::min(rows_, g_.features.h - first);
      thin::collect(thick_rows(thick, first, rows), kernel, band(planes), scratch);
      const bool last = first + rows == g_.features.h;
      const Index next = (first + rows) * g_.stride.h - g_.padding.top;
      const Index end = last ? g_.image.h : std::clamp(next, y, g_.image.h);
      store_rows(planes, first * g_.stride.h, y, end, image, epilogue);
      y = end;
      std::copy_n(planes + size - carried, carried, planes);
      std::fill_n(planes + carried, size - carried, Real{0});
    }
  }

  /// Rows begin ... end - 1 of the image, from a band whose first row is the padded row `top`.
  void store_rows(const Real* planes, Index top, Index begin, Index end, Real* image,
                  const Epilogue& epilogue) const {
    const Index pitch = g_.image.w * g_.image.channels;
    for (Index y = begin; y < end; ++y) {
      const Index row = y + g_.padding.top - top;
      if (row < 0 || row >= band_rows())
        std::fill_n(image + y * pitch, pitch, Real{0});
      else
        planes_.store_row(planes + row * planes_.row(), y + g_.padding.top, image);
    }
    apply(epilogue, View(image + begin * pitch, {end - begin, g_.image.w, g_.image.channels}));
  }

  Index rows_;     // of the thick side, in a band
  Index carried_;  // padded rows that two bands share
};

}  // namespace

const Engine thin_engine{
    .name = "thin",
    .prepare = [](const ConvGeometry& g, Product product,
                  const EngineRequest&) -> std::unique_ptr<PreparedProduct> {
      if (product == Product::backward_kernel) return std::make_unique<Correlate>(g);
      const bool reads_thin = (product == Product::forward) == image_is_thin(g);
      if (reads_thin) return std::make_unique<Spread>(g);
      return std::make_unique<Collect>(g);
    },
    .refusal = [](const ConvGeometry& g, Product) -> std::string {
      if (g.groups != 1) return "it takes groups = 1 only";
      if (image_is_thin(g)) return {};
      if (g.features.channels > kThinChannels)
        return fmt::format("it takes 1 to {} channels on one side", kThinChannels);
      if (g.stride != Extent2{1, 1})
        return "with more channels on the image side it takes strides of 1 only";
      return {};
    }};

}  // namespace adjoint
