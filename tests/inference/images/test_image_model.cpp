#include "inference/images/image_model.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "framework/tensor/error.hpp"
#include "framework/tensor/random.hpp"
#include "models/config/config_text.hpp"
#include "tests/train/tiny_run.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// Two strided layers and back: images must be multiples of 4. No pixel sees further than 9.
const std::string kStrided = R"(
[[model.layer]]
name = "enc1"
type = "Conv2D"
filters = 4
kernel_size = 3
strides = 2
padding = "same"
activation = "relu"
[[model.layer]]
name = "enc2"
type = "Conv2D"
filters = 5
kernel_size = 3
strides = 2
padding = "same"
activation = "tanh"
[[model.layer]]
name = "dec2"
type = "Conv2DTranspose"
filters = 4
kernel_size = 3
strides = 2
padding = "same"
[[model.layer]]
name = "dec1"
type = "Conv2DTranspose"
filters = CHANNELS
kernel_size = 3
strides = 2
padding = "same"
)";
constexpr Index kSight = 9;

const std::string kDense = R"(
[[model.layer]]
type = "Flatten"
[[model.layer]]
name = "enc2"
type = "Dense"
units = 6
[[model.layer]]
type = "Dense"
units = 64
[[model.layer]]
type = "Reshape"
target_shape = [8, 8, 1]
)";

Tensor random_images(const Shape& shape) {
  Tensor images = make_tensor(shape);
  Random random({.seed = 5});
  for (Real& value : view(images).flat()) value = random.uniform();
  return images;
}

class ImageModelTest : public testing::Test {
 protected:
  /// A model of these layers with its initial weights.
  ImageModel model(const std::string& input, std::string layers, int channels = 1) {
    const std::size_t at = layers.find("CHANNELS");
    if (at != std::string::npos) layers.replace(at, 8, std::to_string(channels));
    const std::string text = "[data]\nsource = \"synthetic\"\n[model]\ninput = " + input +
                             "\nlatent = \"enc2\"" + layers;
    const std::string path = folder_ / "model.h5";
    save_untrained(path, text);
    return ImageModel(path, pool_);
  }

  TempFolder folder_;
  ThreadPool pool_{2};
};

Real at(const Tensor& images, Index n, Index y, Index x, Index c) {
  const Shape shape = shape_of(images);
  return images.data()[((n * shape[1] + y) * shape[2] + x) * shape[3] + c];
}

TEST_F(ImageModelTest, GivesImagesOfAnySizeBackAtTheirSize) {
  ImageModel model = this->model("[0, 0, 1]", kStrided);
  for (const Extent2 size : {Extent2{1, 1}, {3, 5}, {16, 16}, {17, 31}, {40, 22}}) {
    const Tensor images = random_images({2, size.h, size.w, 1});
    EXPECT_EQ(shape_of(model.reconstruct(view(images))), shape_of(images));
  }
}

TEST_F(ImageModelTest, ChangesNothingFarFromTheBorderOfAnOddSize) {
  ImageModel model = this->model("[0, 0, 1]", kStrided);
  const Index height = 37, width = 30;
  const Tensor large = random_images({1, 40, 44, 1});
  Tensor small = make_tensor({1, height, width, 1});
  for (Index y = 0; y < height; ++y)
    for (Index x = 0; x < width; ++x) small.data()[y * width + x] = at(large, 0, y, x, 0);
  const Tensor expected = model.reconstruct(view(large)), got = model.reconstruct(view(small));
  for (Index y = 0; y < height - kSight; ++y) {
    for (Index x = 0; x < width - kSight; ++x)
      // An engine may add up in another order where the image has another width.
      ASSERT_NEAR(at(got, 0, y, x, 0), at(expected, 0, y, x, 0), 1e-6) << y << ", " << x;
  }
}

TEST_F(ImageModelTest, ContinuesAnOddSizeByReflection) {
  ImageModel model = this->model("[0, 0, 1]", kStrided);
  const Tensor small = random_images({1, 14, 15, 1});
  Tensor reflected = make_tensor({1, 16, 16, 1});
  for (Index y = 0; y < 16; ++y) {
    for (Index x = 0; x < 16; ++x)
      reflected.data()[y * 16 + x] = at(small, 0, y < 14 ? y : 26 - y, x < 15 ? x : 28 - x, 0);
  }
  const Tensor expected = model.reconstruct(view(reflected)), got = model.reconstruct(view(small));
  for (Index y = 0; y < 14; ++y)
    for (Index x = 0; x < 15; ++x) ASSERT_EQ(at(got, 0, y, x, 0), at(expected, 0, y, x, 0));
}

TEST_F(ImageModelTest, TakesEachChannelOfAColourImageAsIfAlone) {
  ImageModel model = this->model("[0, 0, 1]", kStrided);
  const Tensor colour = random_images({2, 13, 16, 3});
  const Tensor output = model.reconstruct(view(colour));
  for (Index c = 0; c < 3; ++c) {
    Tensor gray = make_tensor({2, 13, 16, 1});
    for (Index i = 0; i < shape_of(gray).size(); ++i) gray.data()[i] = colour.data()[i * 3 + c];
    const Tensor expected = model.reconstruct(view(gray));
    for (Index i = 0; i < shape_of(gray).size(); ++i)
      ASSERT_EQ(output.data()[i * 3 + c], expected.data()[i]);
  }
}

/// An image turned by a right angle, or its mirror image.
Tensor turned(const Tensor& image) {
  const Shape shape = shape_of(image);
  Tensor result = make_tensor({1, shape[2], shape[1], 1});
  for (Index y = 0; y < shape[1]; ++y)
    for (Index x = 0; x < shape[2]; ++x)
      result.data()[x * shape[1] + shape[1] - 1 - y] = image.data()[y * shape[2] + x];
  return result;
}
Tensor mirrored(const Tensor& image) {
  const Shape shape = shape_of(image);
  Tensor result = make_tensor(shape);
  for (Index y = 0; y < shape[1]; ++y)
    for (Index x = 0; x < shape[2]; ++x)
      result.data()[y * shape[2] + shape[2] - 1 - x] = image.data()[y * shape[2] + x];
  return result;
}

/// The mean of what a model makes of an image turned by 0, 90, ... degrees (as often as `turns`
/// says, in steps of `step`), each as it is and mirrored.
Tensor mean_over_symmetries(ImageModel& model, const Tensor& image, int turns, int step) {
  Tensor sum = make_tensor(shape_of(image), Real{0});
  for (int turn = 0; turn < turns * step; turn += step) {
    for (const bool mirror : {false, true}) {
      Tensor seen = mirror ? mirrored(image) : image;
      for (int i = 0; i < turn; ++i) seen = turned(seen);
      Tensor output = model.reconstruct(seen);
      for (int i = turn; i % 4 != 0; ++i) output = turned(output);
      if (mirror) output = mirrored(output);
      sum = sum + output;
    }
  }
  return sum / static_cast<Real>(2 * turns);
}

void expect_near(const Tensor& got, const Tensor& expected) {
  ASSERT_EQ(shape_of(got), shape_of(expected));
  for (Index i = 0; i < shape_of(got).size(); ++i)
    ASSERT_NEAR(got.data()[i], expected.data()[i], 1e-6) << i;
}

TEST_F(ImageModelTest, AveragesOverTheEightSymmetries) {
  ImageModel model = this->model("[0, 0, 1]", kStrided);
  const Tensor image = random_images({1, 16, 12, 1});
  const Tensor plain = model.reconstruct(image);
  const Tensor expected = mean_over_symmetries(model, image, 4, 1);
  model.average_symmetries(true);
  expect_near(model.reconstruct(image), expected);
  EXPECT_NE(view(plain)[0], view(expected)[0]);
  // Whichever way the image lies.
  expect_near(model.reconstruct(turned(image)), turned(expected));
  model.average_symmetries(false);
  expect_near(model.reconstruct(image), plain);
}

TEST_F(ImageModelTest, AveragesOverFlipsAloneWhereNoImageMayBeTurned) {
  std::string layers = kDense;
  layers.replace(layers.find("64"), 2, "96");
  layers.replace(layers.find("[8, 8, 1]"), 9, "[8, 12, 1]");
  ImageModel fixed = this->model("[8, 12, 1]", layers);
  const Tensor image = random_images({1, 8, 12, 1});
  const Tensor expected = mean_over_symmetries(fixed, image, 2, 2);
  fixed.average_symmetries(true);
  expect_near(fixed.reconstruct(image), expected);
}

TEST_F(ImageModelTest, AveragesOverTheOneFlipOfARow) {
  ImageModel model = this->model("[0, 0, 1]", kStrided);
  const Tensor row = random_images({1, 1, 16, 1});
  const Tensor of_row = mean_over_symmetries(model, row, 1, 1);
  model.average_symmetries(true);
  expect_near(model.reconstruct(row), of_row);
}

TEST_F(ImageModelTest, GivesTheSameInTilesWhereMemoryIsShort) {
  const Tensor images = random_images({2, 199, 250, 3});
  const Tensor expected = model("[0, 0, 1]", kStrided).reconstruct(view(images));
  ImageModel small(folder_ / "model.h5", pool_,
                   800000);  // the whole takes more than a million bytes
  const Tensor got = small.reconstruct(view(images));
  for (Index i = 0; i < shape_of(images).size(); ++i)
    ASSERT_NEAR(got.data()[i], expected.data()[i], 1e-5) << i;
}

TEST_F(ImageModelTest, CanBeEndedBetweenBatchesOfTilesAndUsedAgain) {
  const Tensor image = random_images({1, 400, 500, 1});
  model("[0, 0, 1]", kStrided);
  ImageModel small(folder_ / "model.h5", pool_, 600000);
  const Tensor expected = small.reconstruct(view(image));
  int calls = 0;
  small.between_parts([&] { ++calls; });
  small.reconstruct(view(image));
  const int all = calls;
  ASSERT_GE(all, 3);
  small.between_parts([&] {
    if (--calls == 0) throw RunError("ended");
  });
  EXPECT_THAT([&] { small.reconstruct(view(image)); }, ThrowsMessage<RunError>("ended"));
  small.between_parts({});
  EXPECT_EQ(small.reconstruct(view(image)), expected);
}

TEST_F(ImageModelTest, SaysHowMuchMemoryAnImageTakes) {
  model("[0, 0, 1]", kStrided);
  const Tensor image = random_images({1, 96, 96, 1}), fits = random_images({1, 8, 8, 1});
  ImageModel none(folder_ / "model.h5", pool_, 1000);
  EXPECT_THAT([&] { none.reconstruct(view(image)); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("96x96"), HasSubstr("--max-memory 1M"))));
  model("[8, 8, 1]", kDense);
  ImageModel dense(folder_ / "model.h5", pool_, 100);
  EXPECT_THAT([&] { dense.reconstruct(view(fits)); },
              ThrowsMessage<InputError>(HasSubstr("a layer sees the whole image")));
}

TEST_F(ImageModelTest, RefusesGrayImagesForAColourModel) {
  ImageModel model = this->model("[0, 0, 3]", kStrided, 3);
  const Tensor gray = random_images({1, 8, 8, 1});
  EXPECT_THAT([&] { model.reconstruct(view(gray)); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("3 channels"), HasSubstr("got 1"))));
}

TEST_F(ImageModelTest, FindsSizesForStridesWithValidPadding) {
  // Gives back sizes 3 + 2 n alone.
  ImageModel model = this->model("[0, 0, 1]", R"(
[[model.layer]]
name = "enc2"
type = "Conv2D"
filters = 2
kernel_size = 3
strides = 2
padding = "valid"
[[model.layer]]
type = "Conv2DTranspose"
filters = 1
kernel_size = 3
strides = 2
padding = "valid"
)");
  EXPECT_EQ(model.allowed_size({7, 9}), (Extent2{7, 9}));
  EXPECT_EQ(model.allowed_size({8, 9}), (Extent2{9, 9}));
  EXPECT_EQ(model.allowed_size({8, 12}), (Extent2{9, 13}));
}

TEST_F(ImageModelTest, TakesOnlyOneSizeWhereALayerDependsOnIt) {
  ImageModel model = this->model("[8, 8, 1]", kDense);
  const Tensor fits = random_images({1, 8, 8, 1}), other = random_images({1, 12, 8, 1});
  EXPECT_EQ(shape_of(model.reconstruct(view(fits))), shape_of(fits));
  EXPECT_THAT([&] { model.reconstruct(view(other)); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("8x8"), HasSubstr("12x8"))));
}

TEST_F(ImageModelTest, DecodesWhatItEncoded) {
  ImageModel model = this->model("[0, 0, 1]", kStrided);
  const Tensor images = random_images({3, 18, 23, 1});
  const Tensor codes = model.encode(view(images));
  EXPECT_EQ(shape_of(codes), (Shape{3, 5, 6, 5}));
  const Tensor decoded = model.decode(view(codes), Extent2{18, 23});
  EXPECT_EQ(values(decoded), values(model.reconstruct(view(images))));
  EXPECT_EQ(shape_of(model.decode(view(codes), {})), (Shape{3, 20, 24, 1}));
}

TEST_F(ImageModelTest, GivesTheOutputOfEachLayer) {
  ImageModel model = this->model("[0, 0, 1]", kStrided);
  const Tensor images = random_images({1, 16, 20, 1});
  const ConstView image = view(images).reshaped({16, 20, 1});
  const std::vector<Tensor> outputs = model.layer_outputs(image);
  ASSERT_EQ(outputs.size(), 5U);
  EXPECT_EQ(shape_of(outputs[0]), (Shape{16, 20, 1}));
  EXPECT_EQ(values(outputs[0]), values(images));
  EXPECT_EQ(shape_of(outputs[1]), (Shape{8, 10, 4}));
  EXPECT_EQ(values(outputs[2]), values(model.encode(image)));
  EXPECT_EQ(values(outputs[4]), values(model.reconstruct(image)));
  // The first layer at (3, 4) by hand: 3x3, stride 2, "same" of an even size begins at the pixel.
  const Parameter& kernel = model.model().parameters()[0];
  ASSERT_EQ(shape_of(kernel.value), (Shape{3, 3, 1, 4}));
  for (Index feature = 0; feature < 4; ++feature) {
    double sum = 0;  // the initial bias is 0
    for (Index y = 0; y < 3; ++y)
      for (Index x = 0; x < 3; ++x)
        sum += kernel.value(y, x, 0, feature) * at(images, 0, 6 + y, 8 + x, 0);
    EXPECT_NEAR(outputs[1](3, 4, feature), std::max(sum, 0.0), 1e-5) << feature;
  }
}

TEST_F(ImageModelTest, RefusesASizeThatTheCodesDoNotHave) {
  ImageModel model = this->model("[0, 0, 1]", kStrided);
  const Tensor codes = random_images({1, 5, 6, 5});
  EXPECT_THAT(
      [&] {
        model.decode(view(codes), Extent2{40, 40});
      },
      ThrowsMessage<InputError>(AllOf(HasSubstr("5x6x5"), HasSubstr("--size"))));
  const Tensor foreign = random_images({1, 5, 6, 4});
  EXPECT_THAT([&] { model.decode(view(foreign), {}); },
              ThrowsMessage<InputError>(HasSubstr("made with this model")));
}

TEST_F(ImageModelTest, DecodesNoOtherSizeWhereALayerDependsOnIt) {
  ImageModel model = this->model("[8, 8, 1]", kDense);
  const Tensor codes = random_images({2, 6});
  EXPECT_EQ(shape_of(model.decode(view(codes), {})), (Shape{2, 8, 8, 1}));
  EXPECT_EQ(shape_of(model.decode(view(codes), Extent2{8, 8})), (Shape{2, 8, 8, 1}));
  for (const Extent2 size : {Extent2{64, 64}, {4, 8}}) {
    EXPECT_THAT([&] { model.decode(view(codes), size); },
                ThrowsMessage<InputError>(HasSubstr("8x8")));
  }
}

TEST_F(ImageModelTest, RefusesWeightsThatAreNotFinite) {
  Config config;
  parse_config(kPlainConfig, "tiny.toml", {}, config);
  const std::string path = folder_ / "model.h5";
  for (const Real bad :
       {std::numeric_limits<Real>::quiet_NaN(), std::numeric_limits<Real>::infinity()}) {
    Model model = build_model(config.model, 0);
    model.parameters()[2].value.data()[3] = bad;
    save_checkpoint(path, model, {.config = write_config(config)});
    EXPECT_THAT(([&] { ImageModel(path, pool_); }),
                ThrowsMessage<InputError>(AllOf(HasSubstr(path), HasSubstr("1 of the 36 numbers"),
                                                HasSubstr("\"dec1/kernel\""))));
  }
}

}  // namespace
}  // namespace adjoint
