#include "inference/images/tiling.hpp"

#include <gtest/gtest.h>

#include <ostream>

#include "datasets/image_ops.hpp"
#include "framework/graph/predictor.hpp"
#include "framework/tensor/random.hpp"
#include "tests/inference/inspection/models.hpp"

namespace adjoint {
namespace {

struct Case {
  std::string name;
  std::vector<std::string> layers;
  std::vector<Extent2> images;  // sizes that the model gives back
  Index side;
  Index scale = 1;  // of the output
};
std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << c.name;
}

std::string up(const std::string& name, const std::string& kind) {
  return layer(name, "UpSampling2D", "interpolation = '" + kind + "'");
}
std::string deconv(const std::string& name, int filters, const std::string& rest) {
  return layer(name, "Conv2DTranspose", fmt::format("filters = {}\n{}", filters, rest));
}

const std::vector<Case> kCases{
    {"Plain",
     {conv("a", 3, "activation = 'relu'"), conv("b", 3, "dilation_rate = 2"), conv("c", 1)},
     {{40, 40}, {41, 67}, {20, 90}},
     20},
    {"StridesAndTransposes",
     {conv("enc1", 3, "strides = 2\nactivation = 'relu'"), conv("enc2", 4, "strides = 2"),
      transpose("dec2", 3), transpose("dec1", 1)},
     {{64, 64}, {44, 100}, {60, 24}},
     32},
    {"OddSizesTakenBack",
     {conv("enc1", 3, "strides = 2"), conv("enc2", 4, "strides = 2\nactivation = 'relu'"),
      tied("dec2", "enc2"), tied("dec1", "enc1")},
     {{63, 61}, {45, 78}, {90, 47}},
     33},
    {"SkipsAndResidual",
     {conv("enc1", 3, "activation = 'relu'"), conv("enc2", 4, "strides = 2"), conv("enc3", 4),
      layer("skip3", "Add", "inputs = ['enc3', 'enc2']"),
      deconv("dec2", 3, "kernel_size = 3\nstrides = 2\npadding = 'same'\noutput_like = 'enc2'"),
      layer("skip2", "Concatenate", "inputs = ['dec2', 'enc1']"), conv("dec1", 1),
      layer("clean", "Add", "inputs = ['input', 'dec1']")},
     {{64, 64}, {51, 85}},
     30},
    {"PoolingAndNearest",
     {conv("a", 3), pool("p"), layer("n", "BatchNormalization", ""), conv("b", 3), pool("q"),
      up("u", "nearest"), conv("c", 2), up("v", "nearest"), conv("d", 1)},
     {{64, 64}, {48, 96}},
     36},
    {"PoolingAndBilinear",
     {conv("a", 3), pool("p"), conv("b", 3, "activation = 'tanh'"), up("u", "bilinear"),
      conv("d", 1)},
     {{64, 64}, {50, 82}},
     30},
    {"AveragePoolingAndBicubic",
     {conv("a", 3), layer("p", "AveragePooling2D", "pool_size = 3\nstrides = 2\npadding = 'same'"),
      conv("b", 3, "activation = 'tanh'"), up("u", "bicubic"), conv("d", 1)},
     {{64, 64}, {50, 82}},
     34},
    {"BicubicByThree",
     {layer("p", "AveragePooling2D", "pool_size = 3"),
      layer("u", "UpSampling2D", "size = 3\ninterpolation = 'bicubic'")},
     {{63, 63}, {51, 81}},
     33},
    {"BordersOfEveryKind",
     {layer("r", "ZeroPadding2D", "padding = [[3, 2], [1, 4]]\nmode = 'reflect'"),
      layer("a", "Conv2D", "filters = 3\nkernel_size = [6, 6]"),
      layer("s", "ZeroPadding2D", "padding = [2, 1]\nmode = 'symmetric'"), conv("b", 3),
      layer("z", "ZeroPadding2D", "padding = [[0, 1], [2, 0]]"),
      layer("e", "ZeroPadding2D", "padding = 2\nmode = 'replicate'"), conv("c", 1),
      layer("cut", "Cropping2D", "cropping = [[4, 5], [5, 3]]")},
     {{50, 50}, {43, 71}},
     32},
    {"CroppedThenPadded",
     {layer("cut", "Cropping2D", "cropping = [[3, 2], [1, 4]]"), conv("b", 1),
      layer("z", "ZeroPadding2D", "padding = [[3, 2], [1, 4]]\nmode = 'reflect'")},
     {{50, 50}},
     24},
    {"SubPixelsAndSeparableKernels",
     {layer("a", "DepthwiseConv2D",
            "kernel_size = 3\nstrides = 2\npadding = 'same'\ndepth_multiplier = 3"),
      layer("b", "SeparableConv2D", "filters = 4\nkernel_size = 5\npadding = 'same'"),
      layer("d", "DepthToSpace", "block_size = 2")},
     {{64, 64}, {50, 82}},
     34},
    {"KernelsLargerAndSmallerThanStrides",
     {layer("a", "Conv2D", "filters = 3\nkernel_size = 5\nstrides = 3\npadding = 'same'"),
      layer("b", "Conv2D", "filters = 3\nkernel_size = 1\nstrides = 2\npadding = 'same'"),
      deconv("c", 3, "kernel_size = 1\nstrides = 2\npadding = 'same'"),
      deconv("d", 1, "kernel_size = 4\nstrides = 3\npadding = 'same'")},
     {{96, 96}, {66, 120}},
     48},
    {"Valid",
     {layer("a", "Conv2D", "filters = 3\nkernel_size = 3"),
      layer("b", "Conv2D", "filters = 4\nkernel_size = 3\nstrides = 2"),
      deconv("c", 3, "kernel_size = 3\nstrides = 2"), deconv("d", 1, "kernel_size = 3")},
     {{65, 65}, {41, 99}},
     31},
    {"ExplicitPaddingOnOneSide",
     {layer("a", "Conv2D", "filters = 3\nkernel_size = 4\npadding = [[3, 0], [0, 3]]"),
      layer("b", "Conv2D", "filters = 1\nkernel_size = [1, 5]\npadding = [[0, 0], [1, 3]]")},
     {{50, 50}, {33, 70}},
     21},
    {"Doubling",
     {conv("a", 3), conv("b", 3, "strides = 2"),
      deconv("c", 3, "kernel_size = 3\nstrides = 2\npadding = 'same'"),
      deconv("d", 1, "kernel_size = 4\nstrides = 2\npadding = 'same'")},
     {{64, 64}, {50, 82}},
     24,
     2},
    {"TimesThree",
     {conv("a", 3), up("u", "nearest"),
      deconv("d", 1, "kernel_size = 5\nstrides = 3\npadding = 'same'")},
     {{40, 40}, {33, 70}},
     18,
     6},
};

class TilingTest : public testing::TestWithParam<Case> {
 protected:
  /// Every parameter random, so that no border is blank by chance.
  static Model model() {
    Model model = build(model_text("[0, 0, 1]", GetParam().layers));
    Random random({.seed = 9});
    for (Parameter& parameter : model.parameters()) {
      for (Real& value : view(parameter.value).flat()) value = random.uniform() - Real{0.3};
      if (parameter.name.ends_with("variance")) {
        for (Real& value : view(parameter.value).flat()) value = std::abs(value) + 1;
      }
    }
    return model;
  }
};
INSTANTIATE_TEST_SUITE_P(Models, TilingTest, testing::ValuesIn(kCases),
                         [](const auto& info) { return info.param.name; });

TEST_P(TilingTest, GivesWhatTheWholeImageGives) {
  const Model model = this->model();
  ThreadPool pool(1);
  for (const Extent2& size : GetParam().images) {
    SCOPED_TRACE(testing::Message() << size.h << "x" << size.w);
    const Shape shape{size.h, size.w, 1};
    Tensor image = make_tensor(shape.batched(1));
    Random random({.seed = 5});
    for (Real& value : view(image).flat()) value = random.uniform();
    const Tensor expected =
        Predictor(model, {.input = shape, .batch = 1}, pool)(view(std::as_const(image)));
    const Index scale = GetParam().scale;
    ASSERT_EQ(shape_of(expected), (Shape{1, size.h * scale, size.w * scale, 1}));
    Real largest = 0;
    for (const Real x : expected) largest = std::max(largest, std::abs(x));

    const std::optional<Tiling> tiling = tile_image(model, size, GetParam().side);
    ASSERT_TRUE(tiling);
    EXPECT_GT(tiling->count(), 1);
    EXPECT_LE(std::max(tiling->size.h, tiling->size.w), GetParam().side);
    const Shape sample{tiling->size.h, tiling->size.w, 1};
    Predictor run(model, {.input = sample, .batch = 1}, pool);
    Tensor covered = make_tensor({size.h * scale, size.w * scale}, Real{0});
    for (const TileSpan& row : tiling->rows) {
      for (const TileSpan& column : tiling->columns) {
        ASSERT_LE(row.origin + sample[0], size.h);
        ASSERT_LE(column.origin + sample[1], size.w);
        Tensor tile = make_tensor(sample.batched(1));
        copy_part(ConstView(view(image)).reshaped(shape), row.origin, column.origin,
                  view(tile).reshaped(sample));
        const Tensor output = run(view(std::as_const(tile)));
        for (Index y = row.first; y < row.end; ++y) {
          for (Index x = column.first; x < column.end; ++x) {
            ++covered(y, x);
            ASSERT_NEAR(output(0, y - row.origin * scale, x - column.origin * scale, 0),
                        expected(0, y, x, 0), 1e-5 * largest)
                << y << ", " << x;
          }
        }
      }
    }
    for (const Real times : covered) ASSERT_EQ(times, 1);
  }
}

TEST(Tiling, OverlapsByWhatTheModelSeesAndNoMore) {
  // Three 3x3 kernels see 3 pixels to each side.
  const Model model = build(model_text("[0, 0, 1]", {conv("a", 2), conv("b", 2), conv("c", 1)}));
  const std::optional<Tiling> tiling = tile_image(model, {40, 100}, 40);
  ASSERT_TRUE(tiling);
  EXPECT_EQ(tiling->rows.size(), 1U);
  EXPECT_EQ(tiling->columns.size(), 3U);
  for (std::size_t i = 1; i < 3; ++i) {
    const TileSpan &before = tiling->columns[i - 1], &here = tiling->columns[i];
    EXPECT_EQ(here.first, before.end);
    EXPECT_EQ(before.origin + tiling->size.w - before.end, 3);
    if (i < 2) {
      EXPECT_EQ(here.first - here.origin, 3);
    }
  }
  EXPECT_LT(tiling->size.w, 40);  // three even tiles need fewer
}

TEST(Tiling, RefusesWhatCannotBeCut) {
  const auto cut = [](const std::string& input, const std::vector<std::string>& layers,
                      Index side) {
    const Model model = build(model_text(input, layers));
    return tile_image(model, {64, 64}, side).has_value();
  };
  EXPECT_TRUE(cut("[0, 0, 1]", {conv("a", 2), conv("b", 1)}, 16));
  EXPECT_FALSE(cut("[0, 0, 1]", {conv("a", 2), conv("b", 1)}, 4));  // nothing but overlap
  EXPECT_FALSE(cut("[64, 64, 1]", {conv("a", 2), conv("b", 1)}, 16));
  EXPECT_FALSE(cut("[0, 0, 1]",
                   {layer("g", "GlobalAveragePooling2D", "keepdims = true"),
                    layer("u", "UpSampling2D", "size = 64")},
                   16));
  // A border that shows more of the image than the first tile has right.
  const auto reflected = [](int padding) {
    return std::vector{
        conv("a", 1),
        layer("r", "ZeroPadding2D", fmt::format("padding = {}\nmode = 'reflect'", padding)),
        layer("c", "Cropping2D", fmt::format("cropping = {}", padding))};
  };
  EXPECT_TRUE(cut("[0, 0, 1]", reflected(14), 16));
  EXPECT_FALSE(cut("[0, 0, 1]", reflected(15), 16));
  EXPECT_FALSE(cut("[64, 64, 1]",
                   {layer("f", "Flatten", ""), layer("d", "Dense", "units = 4096"),
                    layer("r", "Reshape", "target_shape = [64, 64, 1]")},
                   16));
}

}  // namespace
}  // namespace adjoint
