// Training without clean images: Noise2Noise and Noise2Void.

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "datasets/formats/image_file.hpp"
#include "datasets/formats/npy.hpp"
#include "framework/metrics/psnr.hpp"
#include "framework/tensor/error.hpp"
#include "inference/images/image_model.hpp"
#include "tests/train/tiny_run.hpp"
#include "train/evaluate_model.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

const std::string kNoise2Noise = "target = \"noise2noise\"\n";
const std::string kNoise2Void = "target = \"noise2void\"\nblind_spots = { share = 0.05 }\n";

/// A denoiser of noisy images in a file, without a skip that could hand it their pixels.
const std::string kNoisyImages = R"(name = "noisy"
seed = 3
[data]
source = "npy"
path = "noisy.npy"
validation = 0.1
[model]
input = [0, 0, 1]
[[model.layer]]
type = "Conv2D"
filters = 16
kernel_size = 5
padding = "same"
activation = "relu"
[[model.layer]]
type = "Conv2D"
filters = 16
kernel_size = 3
padding = "same"
activation = "relu"
[[model.layer]]
type = "Conv2D"
filters = 1
kernel_size = 3
padding = "same"
[optimizer]
learning_rate = 5e-3
[training]
epochs = 10
batch_size = 8
samples = 2
)" + kNoise2Void;

/// Asks for the end after a step.
class StopAfter final : public TrainingObserver {
 public:
  StopAfter(Index epoch, Index batch) : epoch_(epoch), batch_(batch) {}
  void on_step(const StepReport& report) override {
    if (report.epoch == epoch_ && report.batch == batch_) stop = true;
  }
  std::atomic<bool> stop = false;

 private:
  Index epoch_, batch_;
};

/// Keeps what was said.
class Listener final : public TrainingObserver {
 public:
  void on_epoch(const EpochReport& report) override { last = report; }
  void on_warning(const TrainingWarning& warning) override { warnings.push_back(warning.text); }
  EpochReport last;
  std::vector<std::string> warnings;
};

class TrainingTargets : public testing::Test {
 protected:
  Config config(const std::string& text, std::vector<std::string> overrides = {}) const {
    return read_config_file(folder_.write("tiny.toml", text), overrides);
  }
  void refuse(const std::string& text, const std::string& part) const {
    EXPECT_THAT([&] { config(text); }, ThrowsMessage<InputError>(HasSubstr(part)));
  }
  RunFolder run(const std::string& name) const { return RunFolder(folder_ / name); }
  void train(const Config& config, const std::string& name, int threads, TrainingObserver& observer,
             const std::atomic<bool>& stop, bool resume = false) const {
    ThreadPool pool(threads);
    Trainer trainer(config, run(name), pool);
    if (resume) trainer.resume(run(name).checkpoint());
    trainer.run(observer, stop);
  }
  void train(const Config& config, const std::string& name, int threads = 2) const {
    TrainingObserver nobody;
    train(config, name, threads, nobody, never_);
  }
  /// 40 synthetic images, and a file of them with noise.
  void write_noisy_images() {
    const Config synthetic = config(with_size(kRandomConfig));
    const DatasetPtr images = open_dataset(synthetic.data, 3);
    const Shape shape = images->shape().batched(images->size());
    clean_ = make_tensor(shape);
    noisy_ = make_tensor(shape);
    for (Index i = 0; i < images->size(); ++i) {
      images->read(i, 0, view(clean_).slice(i, 1).reshaped(images->shape()));
      Random random({.seed = 9, .index = static_cast<std::uint32_t>(i)});
      for (Index p = 0; p < images->shape().size(); ++p) {
        const Index at = i * images->shape().size() + p;
        noisy_.data()[at] = clean_.data()[at] + Real(0.2) * static_cast<Real>(random.normal());
      }
    }
    write_npy(folder_ / "noisy.npy", view(noisy_));
  }
  static std::string with_size(std::string text) {
    text.replace(text.find("size = 16"), 9, "size = 32");
    return text.replace(text.find("count = 72"), 10, "count = 40");
  }

  TempFolder folder_;
  Tensor clean_, noisy_;
  const std::atomic<bool> never_ = false;
};

TEST_F(TrainingTargets, GiveTheSameBitsAtAnyNumberOfThreads) {
  for (const std::string& target : {kNoise2Noise, kNoise2Void}) {
    SCOPED_TRACE(target);
    const Config tiny = config(kRandomConfig + target);
    for (const int threads : {1, 2, 3}) train(tiny, std::to_string(threads), threads);
    expect_same_training(folder_ / "1/checkpoint.h5", folder_ / "2/checkpoint.h5");
    expect_same_training(folder_ / "1/checkpoint.h5", folder_ / "3/checkpoint.h5");
  }
}

TEST_F(TrainingTargets, ResumeToTheSameBits) {
  for (const std::string& target : {kNoise2Noise, kNoise2Void}) {
    SCOPED_TRACE(target);
    const Config tiny = config(kRandomConfig + target);
    train(tiny, "whole");
    StopAfter stopper(2, 7);
    train(tiny, "stopped", 2, stopper, stopper.stop);
    EXPECT_EQ(load_checkpoint((folder_ / "stopped/checkpoint.h5").string()).progress.batch, 7);
    TrainingObserver nobody;
    train(tiny, "stopped", 3, nobody, never_, /*resume=*/true);
    expect_same_training(folder_ / "whole/checkpoint.h5", folder_ / "stopped/checkpoint.h5");
    expect_same_training(folder_ / "whole/best.h5", folder_ / "stopped/best.h5");
  }
  // Another target is another training.
  ThreadPool pool(1);
  Trainer clean(config(kRandomConfig), run("stopped"), pool);
  EXPECT_THAT([&] { clean.resume(folder_ / "stopped/checkpoint.h5"); },
              ThrowsMessage<InputError>(HasSubstr("it has `target = \"noise2void\"`, now there is "
                                                  "`target = \"clean\"`")));
}

TEST_F(TrainingTargets, AreJudgedByTheCleanImagesThatCorruptionsHave) {
  train(config(kRandomConfig), "clean");
  const double input_psnr = load_checkpoint(run("clean").checkpoint().string()).history.rows[0][5];
  for (const std::string& target : {kNoise2Noise, kNoise2Void}) {
    SCOPED_TRACE(target);
    train(config(kRandomConfig + target), "noisy");
    const History history = load_checkpoint(run("noisy").checkpoint().string()).history;
    EXPECT_THAT(history.columns,
                ElementsAre("epoch", "loss", "validation_loss", "validation_psnr", "input_psnr",
                            "learning_rate", "seconds", "loader_wait", "communication_bytes",
                            "communication_seconds"));
    // The same noisy images and the same references.
    EXPECT_EQ(history.rows[0][4], input_psnr);
    // The training targets hold the noise, those of the validation do not.
    EXPECT_GT(history.rows[2][1], history.rows[2][2] + 0.01);
  }
}

TEST_F(TrainingTargets, WithoutCleanImagesAreJudgedByHiddenPixels) {
  write_noisy_images();
  Listener listener;
  const Config noisy = config(kNoisyImages);
  train(noisy, "noisy", 2, listener, never_);
  EXPECT_FALSE(listener.last.psnr);
  EXPECT_FALSE(listener.last.validation.has_reference);
  EXPECT_TRUE(std::isnan(listener.last.validation.psnr));
  EXPECT_THAT(listener.warnings, IsEmpty());
  const Checkpoint saved = load_checkpoint(run("noisy").checkpoint().string());
  EXPECT_THAT(saved.history.columns,
              ElementsAre("epoch", "loss", "validation_loss", "learning_rate", "seconds",
                          "loader_wait", "communication_bytes", "communication_seconds"));
  // The model does not see these pixels, so that their squared error holds the noise: 0.2^2.
  EXPECT_GT(saved.history.rows.back()[2], 0.2 * 0.2 * 0.8);
  EXPECT_LT(saved.history.rows.back()[2], saved.history.rows[0][2]);

  // An evaluation hides the same pixels.
  ThreadPool pool(3);
  const ImageModel model((folder_ / "noisy/checkpoint.h5").string(), pool);
  const Evaluation found = evaluate_on_validation_data(model, {}, pool);
  EXPECT_FALSE(found.has_reference);
  EXPECT_EQ(found.loss, saved.history.rows.back()[2]);

  EXPECT_THAT([&] { train(config(kNoisyImages, {"training.metrics=[\"mae\"]"}), "metrics"); },
              ThrowsMessage<InputError>(HasSubstr("training.metrics: only noisy images are there, "
                                                  "and mae compares with clean ones")));
}

TEST_F(TrainingTargets, OfNoisyImagesAloneTeachToDenoise) {
  write_noisy_images();
  train(config(kNoisyImages), "noisy");
  ThreadPool pool(2);
  ImageModel model((folder_ / "noisy/best.h5").string(), pool);
  Tensor output = model.run(view(std::as_const(noisy_))).numbers;
  const double before = mean_psnr(view(noisy_), view(clean_));
  const double after = mean_psnr(view(std::as_const(output)), view(clean_));
  EXPECT_GT(after, before + 3) << before;
}

TEST_F(TrainingTargets, OfPairsOfNoisyImagesAreComparedWithTheOther) {
  write_noisy_images();
  // Two noisy versions of each image, gray enough that files cut little of the noise.
  for (Index i = 0; i < 40; ++i) {
    for (const std::uint64_t side : {1, 2}) {
      Random random({.seed = side, .index = static_cast<std::uint32_t>(i)});
      Tensor image = copy_of(view(std::as_const(clean_)).slice(i, 1));
      for (Real& x : image) x = Real(0.25) + x / 2 + Real(0.1) * static_cast<Real>(random.normal());
      const std::filesystem::path path = folder_ / (side == 1 ? "first" : "second");
      std::filesystem::create_directories(path);
      write_image(path / (std::to_string(100 + i) + ".png"),
                  view(std::as_const(image)).reshaped({32, 32, 1}));
    }
  }
  std::string text = kNoisyImages;
  const std::string source = "source = \"npy\"\npath = \"noisy.npy\"\n";
  text.replace(text.find(source), source.size(),
               "source = \"pairs\"\npath = \"first\"\nnoisy_path = \"second\"\n");
  text.replace(text.find(kNoise2Void), kNoise2Void.size(), kNoise2Noise);
  Listener listener;
  train(config(text, {"training.batch_size=1"}), "pairs", 2, listener, never_);
  EXPECT_THAT(listener.warnings, IsEmpty());
  const Evaluation& found = listener.last.validation;
  EXPECT_TRUE(found.has_reference);
  EXPECT_FALSE(listener.last.psnr);
  // The noise of both images; in the model's output only that of the other is left.
  EXPECT_NEAR(found.input_psnr, -10 * std::log10(0.02), 0.5);
  EXPECT_GT(found.psnr, found.input_psnr + 1);
}

TEST_F(TrainingTargets, RefuseWhatDoesNotGoWithThem) {
  const std::string plain = kPlainConfig;
  std::string bare = plain;
  bare.erase(bare.find("[[corruption]]"), bare.find("[model]") - bare.find("[[corruption]]"));
  refuse(bare + kNoise2Noise,
         "training: target = \"noise2noise\" needs two noisy versions of each image, and there is "
         "one; add the [[corruption]] that makes the noise, or take data.source = \"pairs\"");
  const std::string expected =
      "training.target = \"noise2void\" counts single pixels, and this loss compares whole images; "
      "expected one of mse, mae, huber, charbonnier, binary_crossentropy; got \"";
  for (const std::string loss : {"ssim", "ms_ssim"}) {
    refuse(plain + kNoise2Void + "[loss]\nkind = \"" + loss + "\"\n",
           "loss: " + expected + loss + "\"; take another loss");
  }
  refuse(plain + kNoise2Void + "[[loss.term]]\n[[loss.term]]\nkind = \"ssim\"\n",
         expected + "ssim");
  for (const std::string& target : {std::string(), kNoise2Noise}) {
    refuse(plain + target + "blind_spots = { share = 0.05 }\n",
           "training: unknown table \"blind_spots\"; it is a table of training.target = "
           "\"noise2void\" here; known keys: ");
  }
  refuse(plain + "target = \"noise2nois\"\n", "did you mean \"noise2noise\"?");
  for (const std::string share : {"0.0", "0.6"}) {
    refuse(
        plain + "target = \"noise2void\"\nblind_spots = { share = " + share + " }\n",
        "training.blind_spots.share: expected a number, greater than 0, at most 0.5; got " + share);
  }
}

TEST_F(TrainingTargets, AreCleanInConfigsThatDoNotSay) {
  const Config old = config(kPlainConfig);
  EXPECT_EQ(old.training.target.kind, TargetKind::clean);
  const std::string resolved = write_config(old);
  EXPECT_THAT(resolved, HasSubstr("target = \"clean\"\n"));
  EXPECT_EQ(resolved.find("blind_spots"), std::string::npos);
  EXPECT_THAT(write_config(config(kPlainConfig + kNoise2Void)),
              AllOf(HasSubstr("[training.blind_spots]\nshare = 0.05\nradius = 2\n"),
                    HasSubstr("replace = \"neighbour\"\n")));
}

}  // namespace
}  // namespace adjoint
