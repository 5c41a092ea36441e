// Pooling and upsampling over any count of channels, against their definitions. The outputs' memory
// is full of NaN before each run.

#include "framework/layers/average_pooling2d.hpp"
#include "framework/layers/max_pooling2d.hpp"
#include "framework/layers/up_sampling2d.hpp"
#include "tests/framework/pointwise/every_target.hpp"
#include "tests/support/layer_run.hpp"

namespace adjoint {
namespace {

class Windows : public EveryTarget {};
ADJOINT_EVERY_TARGET(Windows);

/// A layer run over two images with integers in them: every sum is exact, and there are ties.
struct LayerResult {
  LayerResult(const Layer& layer, const Shape& image, const std::vector<Real>& special = {})
      : layer(layer), run(layer, {.inputs = {image}}, 2) {
    Index i = 0;
    for (Real& x : run.inputs[0]) x = static_cast<Real>((i++ * 7919) % 11 - 5);
    std::copy(special.begin(), special.end(), run.inputs[0].begin());
    output = run.forward();
    output_gradient = make_tensor(shape_of(output));
    for (Real& x : output_gradient) x = static_cast<Real>((i++ * 104729) % 13 - 6);
    gradient = run.backward(output_gradient).inputs[0];
  }
  const Layer& layer;
  LayerRun run;
  Tensor output, output_gradient, gradient;
};

struct Pooling {
  Pooling2D::Settings settings;
  Index height, width;
  Index pad;  // top and left
  Extent2 size = settings.pool_size;
  Extent2 stride = settings.strides.value_or(size);

  /// Calls visit(row, column) for the pixels of the window of output (y, x).
  template <class Visit>
  void for_each_pixel(Index y, Index x, Visit visit) const {
    for (Index i = y * stride.h - pad; i < y * stride.h - pad + size.h; ++i) {
      for (Index j = x * stride.w; j < x * stride.w + size.w; ++j) {
        if (i >= 0 && i < height && j < width) visit(i, j);
      }
    }
  }
};

const PaddingRule kSame{.kind = PaddingRule::Kind::same};
const std::vector<Pooling> kPoolings{
    {{}, 4, 6, 0},                                               // tiles the image
    {{}, 5, 7, 0},                                               // leaves a border
    {{.padding = kSame}, 5, 7, 0},                               // cut windows
    {{.pool_size = {3, 2}, .padding = kSame}, 7, 5, 1},          // padding on top
    {{.pool_size = {3, 3}, .strides = Extent2{2, 2}}, 7, 7, 0},  // overlapping
    {{.pool_size = {2, 2}, .strides = Extent2{3, 3}}, 8, 8, 0},  // gaps
};

TEST_P(Windows, MaxPooling) {
  for (const Pooling& pooling : kPoolings) {
    for (const Index channels : {1, 3, 8, 16, 17, 35}) {
      const Extent2 size = pooling.size, stride = pooling.stride;
      SCOPED_TRACE(testing::Message() << size.h << "x" << size.w << " by " << stride.h << " on "
                                      << pooling.height << "x" << pooling.width << "x" << channels);
      const MaxPooling2D layer(pooling.settings);
      const LayerResult r(layer, {pooling.height, pooling.width, channels});
      Tensor expected = make_tensor(shape_of(r.gradient), 0);
      const Shape out = shape_of(r.output);
      for (Index n = 0; n < 2; ++n) {
        for (Index y = 0; y < out[1]; ++y) {
          for (Index x = 0; x < out[2]; ++x) {
            for (Index c = 0; c < channels; ++c) {
              Index best_i = -1, best_j = -1;
              const auto in = [&](Index i, Index j) { return r.run.inputs[0](n, i, j, c); };
              pooling.for_each_pixel(y, x, [&](Index i, Index j) {
                if (best_i < 0 || in(i, j) > in(best_i, best_j)) best_i = i, best_j = j;
              });
              ASSERT_EQ(r.output(n, y, x, c), in(best_i, best_j));
              expected(n, best_i, best_j, c) += r.output_gradient(n, y, x, c);
            }
          }
        }
      }
      EXPECT_EQ(r.gradient, expected);
    }
  }
}

TEST_P(Windows, MaxPoolingLetsNotANumberThrough) {
  // Wherever it lies in its window; its gradient goes there, too.
  for (std::size_t position = 0; position < 4; ++position) {
    std::vector<Real> pixels{1, 2, 3, 4};
    pixels[position] = kNaN;
    const MaxPooling2D layer({});
    const LayerResult r(layer, {2, 2, 1}, pixels);
    EXPECT_TRUE(std::isnan(r.output.data()[0])) << position;
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(r.gradient.data()[i], i == position ? r.output_gradient.data()[0] : 0);
    }
  }
}

TEST_P(Windows, AveragePooling) {
  for (const Pooling& pooling : kPoolings) {
    for (const Index channels : {1, 3, 8, 16, 17, 35}) {
      SCOPED_TRACE(testing::Message() << pooling.size.h << "x" << pooling.size.w << " on "
                                      << pooling.height << "x" << pooling.width << "x" << channels);
      const AveragePooling2D layer(pooling.settings);
      const LayerResult r(layer, {pooling.height, pooling.width, channels});
      Tensor expected = make_tensor(shape_of(r.gradient), 0);
      const Shape out = shape_of(r.output);
      for (Index n = 0; n < 2; ++n) {
        for (Index y = 0; y < out[1]; ++y) {
          for (Index x = 0; x < out[2]; ++x) {
            for (Index c = 0; c < channels; ++c) {
              Real sum = 0, count = 0;
              pooling.for_each_pixel(y, x, [&](Index i, Index j) {
                sum += r.run.inputs[0](n, i, j, c);
                ++count;
              });
              ASSERT_EQ(r.output(n, y, x, c), sum / count);
              pooling.for_each_pixel(y, x, [&](Index i, Index j) {
                expected(n, i, j, c) += r.output_gradient(n, y, x, c) / count;
              });
            }
          }
        }
      }
      EXPECT_EQ(r.gradient, expected);
    }
  }
}

TEST_P(Windows, UpSampling) {
  for (const NewPixels interpolation : {NewPixels::nearest, NewPixels::bilinear}) {
    for (const Extent2 size : {Extent2{2, 2}, Extent2{1, 4}, Extent2{4, 1}, Extent2{2, 4}}) {
      for (const Index channels : {1, 3, 8, 16, 17, 35}) {
        SCOPED_TRACE(testing::Message() << name_of(interpolation) << " " << size.h << "x" << size.w
                                        << ", " << channels << " channels");
        const bool nearest = interpolation == NewPixels::nearest;
        const Index h = 3, w = 5;
        const UpSampling2D layer({.size = size, .interpolation = interpolation});
        const LayerResult r(layer, {h, w, channels});
        // A pixel's share of an output pixel: a box, or a tent between pixel centres.
        const auto share = [&](Index out, Index factor, Index in, Index extent) {
          if (nearest) return out / factor == in ? 1.0 : 0.0;
          const double centre = std::clamp((static_cast<double>(out) + 0.5) / factor - 0.5, 0.0,
                                           static_cast<double>(extent - 1));
          return std::max(0.0, 1 - std::abs(centre - static_cast<double>(in)));
        };
        Tensor output = make_tensor(shape_of(r.output), 0);
        Tensor gradient = make_tensor(shape_of(r.gradient), 0);
        for (Index n = 0; n < 2; ++n) {
          for (Index y = 0; y < h * size.h; ++y) {
            for (Index x = 0; x < w * size.w; ++x) {
              for (Index i = 0; i < h; ++i) {
                for (Index j = 0; j < w; ++j) {
                  const auto weight =
                      static_cast<Real>(share(y, size.h, i, h) * share(x, size.w, j, w));
                  for (Index c = 0; c < channels; ++c) {
                    output(n, y, x, c) += weight * r.run.inputs[0](n, i, j, c);
                    gradient(n, i, j, c) += weight * r.output_gradient(n, y, x, c);
                  }
                }
              }
            }
          }
        }
        // Weights are eighths and the numbers small integers: every sum is exact.
        EXPECT_EQ(r.output, output);
        EXPECT_EQ(r.gradient, gradient);
      }
    }
  }
}

TEST_P(Windows, UpSamplingTreatsChannelsAlike) {
  for (const NewPixels interpolation : {NewPixels::bilinear, NewPixels::bicubic}) {
    const UpSampling2D layer({.size = {3, 2}, .interpolation = interpolation});
    const LayerResult one(layer, {4, 5, 1});
    for (const Index channels : {3, 8, 16, 17, 35}) {
      SCOPED_TRACE(testing::Message() << name_of(interpolation) << ", " << channels << " channels");
      LayerRun run(layer, {.inputs = {{4, 5, channels}}}, 2);
      const auto repeat = [&](const Tensor& from, Tensor& to) {
        for (std::size_t i = 0; i < to.size(); ++i) to.data()[i] = from.data()[i / channels];
      };
      const auto expect_repeated = [&](const Tensor& from, const Tensor& got) {
        for (std::size_t i = 0; i < got.size(); ++i) {
          ASSERT_EQ(got.data()[i], from.data()[i / channels]) << i;
        }
      };
      repeat(one.run.inputs[0], run.inputs[0]);
      expect_repeated(one.output, run.forward());
      Tensor dy = make_tensor({2, 12, 10, channels});
      repeat(one.output_gradient, dy);
      expect_repeated(one.gradient, run.backward(dy).inputs[0]);
    }
  }
}

}  // namespace
}  // namespace adjoint
