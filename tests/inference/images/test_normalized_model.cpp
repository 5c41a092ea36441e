// Models that see their images normalized: what goes in and comes out stays in [0, 1].

#include <gmock/gmock.h>

#include "framework/metrics/mse.hpp"
#include "framework/metrics/psnr.hpp"
#include "inference/images/image_model.hpp"
#include "models/config/config_text.hpp"
#include "tests/train/tiny_run.hpp"

namespace adjoint {
namespace {

class NormalizedModel : public testing::TestWithParam<std::string> {
 protected:
  /// Trains for an epoch, and returns the last row of the history by column.
  std::map<std::string, double> train(const std::string& setting = "training.epochs=1") {
    const Config config =
        read_config_file(folder_.write("tiny.toml", kPlainConfig),
                         {"training.epochs=1", "data.normalization.kind=" + GetParam(), setting});
    Trainer trainer(config, RunFolder(folder_ / "run"), pool_);
    TrainingObserver observer;
    trainer.run(observer, stop_);
    std::map<std::string, double> row;
    for (std::size_t c = 0; c < trainer.history().columns.size(); ++c)
      row[trainer.history().columns[c]] = trainer.history().rows.back()[c];
    return row;
  }
  ImageModel model() { return ImageModel(folder_ / "run" / "checkpoint.h5", pool_); }

  TempFolder folder_;
  ThreadPool pool_{2};
  std::atomic<bool> stop_ = false;
};
INSTANTIATE_TEST_SUITE_P(Kinds, NormalizedModel,
                         testing::Values("none", "standardize", "global_contrast"),
                         [](const auto& info) { return info.param; });

TEST_P(NormalizedModel, IsMeasuredInImages) {
  std::map<std::string, double> row = train();
  ImageModel model = this->model();
  // The validation data as they are, in [0, 1].
  const TrainedModel& config = model.trained();
  Loader loader(open_split(config.data, 3).validation, config.corruptions,
                {.batch_size = 16, .seed = 3, .shuffle = false});
  loader.start(0);
  const Batch& batch = *loader.next();
  ASSERT_EQ(batch.count(), 16);
  const Tensor output = model.reconstruct(batch.input);
  EXPECT_NEAR(row["validation_psnr"], mean_psnr(view(output), batch.target), 1e-4);
  EXPECT_NEAR(row["input_psnr"], mean_psnr(batch.input, batch.target), 1e-4);
  // The loss is one of normalized numbers.
  const double squares = mean_squared_error(view(output), batch.target);
  if (GetParam() == "none") {
    EXPECT_NEAR(row["validation_loss"], squares, 1e-6);
  } else {
    EXPECT_GT(std::abs(std::log(row["validation_loss"] / squares)), 0.1);
  }
}

TEST_P(NormalizedModel, IsMeasuredInImagesWhileItTrains) {
  // Steps of no size: the model stays what it is.
  std::map<std::string, double> row = train("optimizer.learning_rate=1e-30");
  ImageModel model = this->model();
  const TrainedModel& config = model.trained();
  Loader loader(open_split(config.data, 3).train, config.corruptions,
                {.batch_size = 48, .seed = 3});
  loader.start(0);
  const Batch& batch = *loader.next();
  ASSERT_EQ(batch.count(), 48);
  const Tensor output = model.reconstruct(batch.input);
  EXPECT_NEAR(row["psnr"], mean_psnr(view(output), batch.target), 1e-4);
}

TEST_P(NormalizedModel, SeesWhatItsNormalizationMakes) {
  train();
  ImageModel model = this->model();
  Tensor images = make_tensor({2, 16, 16, 1});
  Random random({.seed = 5});
  for (Index i = 0; i < 512; ++i)
    images.data()[i] = random.uniform() * static_cast<Real>(i < 256 ? 1 : 0.3);
  Tensor seen = images;
  std::vector<Contrast> contrasts;
  for (Index i = 0; i < 2; ++i) {
    contrasts.push_back(model.normalization().contrast(view(std::as_const(images)).slice(i, 1)));
    model.normalization().apply(contrasts.back(), view(seen).slice(i, 1));
  }
  EXPECT_EQ(seen == images, GetParam() == "none");
  Predictor whole(model.model(), {.input = {16, 16, 1}, .batch = 2}, pool_);
  Tensor expected = whole(view(std::as_const(seen)));
  for (Index i = 0; i < 2; ++i)
    model.normalization().undo(contrasts[static_cast<std::size_t>(i)], view(expected).slice(i, 1));
  EXPECT_EQ(values(model.reconstruct(view(std::as_const(images)))), values(expected));

  Predictor encoder(model.model(), {.input = {16, 16, 1}, .batch = 2, .to = model.model().latent()},
                    pool_);
  const Tensor codes = model.encode(view(std::as_const(images)));
  EXPECT_EQ(values(codes), values(encoder(view(std::as_const(seen)))));
  // Codes do not tell the contrast: the decoded images have the training set's.
  Tensor decoded = whole(view(std::as_const(seen)));
  model.normalization().undo(model.normalization().typical(), view(decoded));
  EXPECT_EQ(values(model.decode(view(codes), Extent2{16, 16})), values(decoded));
}

}  // namespace
}  // namespace adjoint
