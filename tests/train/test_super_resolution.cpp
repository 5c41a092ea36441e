// Models that make an image larger than the one that they see.

#include <gmock/gmock.h>

#include "datasets/formats/image_file.hpp"
#include "datasets/formats/npy.hpp"
#include "datasets/image_ops.hpp"
#include "framework/metrics/psnr.hpp"
#include "framework/tensor/error.hpp"
#include "inference/images/image_model.hpp"
#include "tests/train/program.hpp"
#include "train/evaluation.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// Twice as high and wide. The code is half as high and wide as the input, which must be even.
const std::string kDoubler = R"(name = "doubler"
seed = 3
[data]
source = "synthetic"
size = 16
count = 64
validation = 0.25
[[corruption]]
kind = "downsample"
factor = 2
keep_size = false
[model]
input = [0, 0, 1]
latent = "code"
[[model.layer]]
name = "code"
type = "Conv2D"
filters = 4
kernel_size = 3
strides = 2
padding = "same"
activation = "relu"
[[model.layer]]
type = "Conv2DTranspose"
filters = 4
kernel_size = 3
strides = 2
padding = "same"
activation = "tanh"
[[model.layer]]
type = "Conv2DTranspose"
filters = 1
kernel_size = 4
strides = 2
padding = "same"
[training]
epochs = 2
batch_size = 16
samples = 2
)";

class SuperResolution : public Program {
 protected:
  ThreadPool pool_{2};
};

TEST_F(SuperResolution, TrainsOnSmallImagesAndShowsThemEnlarged) {
  folder_.write("doubler.toml", kDoubler);
  adjoint_ok({"train", "doubler.toml", "--out", "run"});
  const History history = load_checkpoint(folder_ / "run" / "checkpoint.h5").history;
  // epoch, loss, psnr, validation_loss, validation_psnr, input_psnr
  const std::vector<double>& row = history.rows.back();
  EXPECT_LT(row[1], history.rows.front()[1]);
  // Three columns of 16 x 16 images, enlarged.
  const ImageInfo picture = image_info(RunFolder(folder_ / "run").picture(1));
  EXPECT_GT(picture.width, picture.height);

  ImageModel model(folder_ / "run" / "checkpoint.h5", pool_);
  EXPECT_EQ(model.scale(), (Extent2{2, 2}));
  const TrainedModel& config = model.trained();
  Loader loader(open_split(config.data, 3).validation, config.corruptions,
                {.batch_size = 16, .seed = 3, .shuffle = false});
  loader.start(0);
  const Batch& batch = *loader.next();
  const Tensor output = model.reconstruct(batch.input);
  const Tensor bicubic = resized_batch(batch.input, 16, 16, Filter::cubic);
  EXPECT_NEAR(row[4], mean_psnr(view(output), batch.target), 1e-4);
  EXPECT_NEAR(row[5], mean_psnr(view(bicubic), batch.target), 1e-4);

  const nlohmann::json evaluated = json_of({"evaluate", "run/checkpoint.h5"});
  EXPECT_EQ(evaluated.at("loss"), row[3]);
  EXPECT_EQ(evaluated.at("psnr"), row[4]);
  EXPECT_EQ(evaluated.at("input_psnr"), row[5]);
}

TEST_F(SuperResolution, SaysWhichShapeTheModelShouldMake) {
  folder_.write("doubler.toml", with(kDoubler, "factor = 2", "factor = 4"));
  EXPECT_THAT(message({"train", "doubler.toml", "--out", "run"}, 2),
              AllOf(HasSubstr("the model makes 8x8x1 of an input of 4x4x1"),
                    HasSubstr("its target is 16x16x1")));
}

TEST_F(SuperResolution, EnlargesImagesOfAnySizeAndColour) {
  save_untrained(folder_ / "model.h5", kDoubler);
  const Tensor image = some_images({1, 9, 14, 3});
  write_image(folder_ / "in.png", view(image).reshaped({9, 14, 3}));
  adjoint_ok({"upscale", "model.h5", "in.png"});
  EXPECT_EQ(image_info(folder_ / "in-upscaled.png").shape(), (Shape{18, 28, 3}));
  // Nothing is added to an even size, and the gray model sees the channels one by one.
  const Tensor even = some_images({1, 8, 14, 1});
  ImageModel model(folder_ / "model.h5", pool_);
  const Tensor direct =
      Predictor(model.model(), {.input = {8, 14, 1}, .batch = 1}, pool_)(view(std::as_const(even)));
  EXPECT_EQ(values(model.reconstruct(view(std::as_const(even)))), values(direct));
}

TEST_F(SuperResolution, WorksInTiles) {
  save_untrained(folder_ / "model.h5", kDoubler);
  const Tensor image = some_images({1, 150, 121, 1});
  ImageModel whole(folder_ / "model.h5", pool_);
  ImageModel tiled(folder_ / "model.h5", pool_, std::size_t{3} << 20);
  const Tensor expected = whole.reconstruct(view(std::as_const(image)));
  const Tensor got = tiled.reconstruct(view(std::as_const(image)));
  ASSERT_EQ(shape_of(got), (Shape{1, 300, 242, 1}));
  for (Index i = 0; i < 300 * 242; ++i) ASSERT_NEAR(got.data()[i], expected.data()[i], 1e-5) << i;
}

TEST_F(SuperResolution, DecodesToTheEnlargedSize) {
  save_untrained(folder_ / "model.h5", kDoubler);
  ImageModel model(folder_ / "model.h5", pool_);
  const Tensor images = some_images({2, 7, 10, 1});
  const Tensor codes = model.encode(view(std::as_const(images)));
  EXPECT_EQ(shape_of(codes), (Shape{2, 4, 5, 4}));
  EXPECT_EQ(values(model.decode(view(codes), Extent2{14, 20})),
            values(model.reconstruct(view(std::as_const(images)))));
  EXPECT_EQ(shape_of(model.decode(view(codes), {})), (Shape{2, 16, 20, 1}));
}

TEST_F(SuperResolution, IsMeasuredAgainstLargeImages) {
  save_untrained(folder_ / "model.h5", kDoubler);
  const Tensor large = some_images({2, 21, 16, 1}), small = some_images({2, 8, 8, 1});
  write_npy(folder_ / "large.npy", view(large));
  write_npy(folder_ / "small.npy", view(small));
  // evaluate cuts the odd row, shrinks the rest, and has it enlarged.
  EXPECT_EQ(json_of({"evaluate", "model.h5", "large.npy"}).at("images"), 2);
  const Tensor reference = some_images({2, 16, 16, 1});
  write_npy(folder_ / "reference.npy", view(reference));
  const nlohmann::json result = json_of({"upscale", "model.h5", "small.npy", "-o", "out.npy",
                                         "--reference", "reference.npy", "--grid", "grid.png"});
  const Tensor output = array("out.npy");
  EXPECT_NEAR(result.at("psnr"), mean_psnr(view(output), view(reference)), 1e-5);
  const Tensor bicubic = resized_batch(view(small), 16, 16, Filter::cubic);
  EXPECT_NEAR(result.at("input_psnr"), mean_psnr(view(bicubic), view(reference)), 1e-5);
  EXPECT_THAT(message({"upscale", "model.h5", "small.npy", "--reference", "small.npy"}, 2),
              AllOf(HasSubstr("16x16x1"), HasSubstr("8x8x1")));
  EXPECT_THAT(message({"denoise", "model.h5", "small.npy", "--noise", "0.1"}, 2),
              AllOf(HasSubstr("enlarges images"), HasSubstr("--reference")));
}

TEST_F(SuperResolution, HasAReferenceForEachImage) {
  save_untrained(folder_ / "model.h5", kDoubler);
  // More than fit a batch of large images, though not of small ones.
  const Tensor small = some_images({30, 160, 240, 1}), large = some_images({30, 320, 480, 1});
  write_npy(folder_ / "small.npy", view(small));
  write_npy(folder_ / "large.npy", view(large));
  const nlohmann::json result =
      json_of({"upscale", "model.h5", "small.npy", "-o", "out.npy", "--reference", "large.npy"});
  EXPECT_EQ(result.at("images"), 30);
  const Tensor output = array("out.npy");
  EXPECT_NEAR(result.at("psnr"), mean_psnr(view(output), view(large)), 1e-4);
  write_npy(folder_ / "few.npy", view(large).slice(0, 29));
  EXPECT_THAT(
      message({"upscale", "model.h5", "small.npy", "-o", "x.npy", "--reference", "few.npy"}, 2),
      AllOf(HasSubstr("30"), HasSubstr("29")));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "x.npy"));
}

TEST_F(SuperResolution, IsNotEvaluatedWithNoiseAlone) {
  save_untrained(folder_ / "model.h5", kDoubler);
  const Tensor images = some_images({2, 16, 16, 1});
  write_npy(folder_ / "in.npy", view(images));
  for (const auto& inputs : std::vector<std::vector<std::string>>{{}, {"in.npy"}}) {
    std::vector<std::string> arguments{"evaluate", "model.h5", "--noise", "0.1"};
    arguments.insert(arguments.end(), inputs.begin(), inputs.end());
    EXPECT_THAT(message(arguments, 2), AllOf(HasSubstr("--noise"), HasSubstr("enlarges")));
  }
}

TEST_F(SuperResolution, IsNotMeasuredAgainstFiltersThatDoNotEnlarge) {
  save_untrained(folder_ / "model.h5", kDoubler);
  EXPECT_THAT(message({"evaluate", "model.h5", "--baselines"}, 2),
              AllOf(HasSubstr("--baselines"), HasSubstr("bicubic")));
}

TEST_F(SuperResolution, IsMeasuredAgainstTargetsOfItsOutputsShape) {
  const std::unique_ptr<Loss> loss = make_loss(LossSettings{});
  Scorer scorer(pool_, loss.get());
  const Tensor input = some_images({1, 8, 8, 1});
  Tensor output = some_images({1, 16, 16, 1});
  EXPECT_THROW(scorer.add({.target = view(input), .input_image = view(input)}, view(output), {}, 1),
               InputError);
  EXPECT_THROW(mean_psnr(view(std::as_const(output)), view(input)), InputError);
}

TEST_F(SuperResolution, SaysThatAModelDoesNotEnlarge) {
  save_untrained(folder_ / "model.h5", kPlainConfig);
  const Tensor images = some_images({1, 8, 8, 1});
  write_npy(folder_ / "in.npy", view(images));
  EXPECT_THAT(adjoint_ok({"upscale", "model.h5", "in.npy"}).err,
              HasSubstr("does not enlarge images"));
}

}  // namespace
}  // namespace adjoint
