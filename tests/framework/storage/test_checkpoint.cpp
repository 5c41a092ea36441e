#include "framework/storage/checkpoint.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "framework/storage/hdf5_file.hpp"
#include "framework/tensor/error.hpp"
#include "models/build_model.hpp"
#include "models/config/config_text.hpp"
#include "models/keras/keras_config.hpp"
#include "tests/datasets/files.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

struct ModelConfig {
  ModelSpec model;
  void keys(Keys& key) { key.table("model", model, ""); }
};

/// One Conv2D and, where it is tied, its own transpose.
Model tied_model(Index filters = 3, const std::string& last = "dec1") {
  ModelConfig config;
  parse_config(
      "[model]\ninput = [8, 8, 1]\n"
      "[[model.layer]]\nname = \"enc1\"\ntype = \"Conv2D\"\nkernel_size = 3\n"
      "strides = 2\npadding = \"same\"\nfilters = " +
          std::to_string(filters) +
          "\n[[model.layer]]\nname = \"norm\"\ntype = \"BatchNormalization\"\n"
          "[[model.layer]]\nname = \"" +
          last + "\"\ntype = \"Conv2DTranspose\"\ntied_to = \"enc1\"\n",
      "model.toml", {}, config);
  return build_model(config.model, 7);
}

Tensor counting(const Shape& shape, Real first) {
  Tensor tensor = make_tensor(shape);
  for (Index i = 0; i < shape.size(); ++i) tensor.data()[i] = first + static_cast<Real>(i) / 7;
  return tensor;
}

std::vector<Real> weights(const Model& model) {
  std::vector<Real> all;
  for (const Parameter& parameter : model.parameters())
    all.insert(all.end(), parameter.value.begin(), parameter.value.end());
  return all;
}

class CheckpointFile : public testing::Test {
 protected:
  CheckpointFile() {
    checkpoint_.config = "name = \"é\"\n";
    checkpoint_.config_folder = "/some/folder";
    checkpoint_.keras_config = keras_config(model_, "tied").value_or("");
    checkpoint_.progress = {.epoch = 4,
                            .batch = 9,
                            .loss_sum = 0.1 + 0.2,
                            .samples = 77,
                            .seconds = 1.5,
                            .best_epoch = 3,
                            .best_loss = 1.0 / 3};
    checkpoint_.history = {.columns = {"epoch", "loss", "seconds"},
                           .rows = {{1, 0.1, 2}, {2, 1.0 / 7, 4}}};
    checkpoint_.initial_weights = copy_weights(model_);
    checkpoint_.optimizer.step = 1234;
    for (const char* slot : {"m", "v"})
      checkpoint_.optimizer.slots["enc1/kernel"][slot] = counting({3, 3, 1, 3}, *slot);
    checkpoint_.optimizer.slots["enc1/bias"]["m"] = counting({3}, 8);
    // As after some training.
    for (Parameter& parameter : model_.parameters())
      parameter.value = counting(shape_of(parameter.value), -2);
  }
  void save() const { save_checkpoint(path_, model_, checkpoint_); }
  Hdf5File open() const { return Hdf5File::open(path_); }
  /// The text of the error that loading the weights of this file into a model ends in.
  std::string loading_error(Model model) const {
    const std::vector<Real> before = weights(model);
    try {
      load_weights(path_, model);
    } catch (const InputError& error) {
      EXPECT_EQ(weights(model), before);
      return error.what();
    }
    return "";
  }

  TempFolder folder_;
  const std::string path_ = folder_ / "checkpoint.h5";
  Model model_ = tied_model();
  Checkpoint checkpoint_;
};

TEST_F(CheckpointFile, GivesBackAllThatWasSaved) {
  save();
  const Checkpoint loaded = load_checkpoint(path_);
  EXPECT_EQ(loaded.config, checkpoint_.config);
  EXPECT_EQ(loaded.config_folder, checkpoint_.config_folder);
  EXPECT_EQ(loaded.keras_config, checkpoint_.keras_config);
  EXPECT_EQ(loaded.progress.epoch, 4);
  EXPECT_EQ(loaded.progress.batch, 9);
  EXPECT_EQ(loaded.progress.loss_sum, 0.1 + 0.2);
  EXPECT_EQ(loaded.progress.samples, 77);
  EXPECT_EQ(loaded.progress.seconds, 1.5);
  EXPECT_EQ(loaded.progress.best_epoch, 3);
  EXPECT_EQ(loaded.progress.best_loss, 1.0 / 3);
  EXPECT_EQ(loaded.history.columns, checkpoint_.history.columns);
  EXPECT_EQ(loaded.history.rows, checkpoint_.history.rows);
  EXPECT_EQ(loaded.optimizer.step, 1234);
  ASSERT_EQ(loaded.optimizer.slots.size(), 2u);
  for (const auto& [name, slots] : checkpoint_.optimizer.slots) {
    ASSERT_EQ(loaded.optimizer.slots.at(name).size(), slots.size());
    for (const auto& [slot, tensor] : slots)
      EXPECT_EQ(values(loaded.optimizer.slots.at(name).at(slot)), values(tensor));
  }
  Model model = tied_model();
  EXPECT_NE(weights(model), weights(model_));
  load_weights(path_, model);
  EXPECT_EQ(weights(model), weights(model_));
}

// More names than fit into an attribute of the older formats of HDF5.
TEST_F(CheckpointFile, KeepsWhichImagesWereTrainedOn) {
  save();
  EXPECT_EQ(load_checkpoint(path_).images.trained_on.size(), 0u);
  checkpoint_.images.folder = "/data/";
  for (int i = 0; i < 20000; ++i)
    checkpoint_.images.trained_on.push_back("good/" + std::to_string(i) + ".png");
  checkpoint_.images.held_out = {"good/a \xE9.png"};  // a name that is not UTF-8
  save();
  const ImageRecord images = load_checkpoint(path_).images;
  EXPECT_EQ(images.folder, "/data/");
  EXPECT_EQ(images.trained_on, checkpoint_.images.trained_on);
  EXPECT_EQ(images.held_out, checkpoint_.images.held_out);
}

// A training may replace the file between two looks at it.
TEST_F(CheckpointFile, IsReadFromOneOpenFile) {
  save();
  const std::vector<Real> first = weights(model_);
  const Hdf5File file = open();
  checkpoint_.progress.epoch = 5;
  for (Parameter& parameter : model_.parameters())
    parameter.value = counting(shape_of(parameter.value), 3);
  save();
  EXPECT_EQ(load_checkpoint(file).progress.epoch, 4);
  Model model = tied_model();
  load_weights(file, model);
  EXPECT_EQ(weights(model), first);
}

TEST_F(CheckpointFile, KeepsTheInitialWeightsBesideTheTrainedOnes) {
  save();
  const Checkpoint loaded = load_checkpoint(path_);
  const Model fresh = tied_model();
  ASSERT_EQ(loaded.initial_weights.size(), fresh.parameters().size());
  for (const Parameter& parameter : fresh.parameters())
    EXPECT_EQ(values(loaded.initial_weights.at(parameter.name)), values(parameter.value));
}

TEST_F(CheckpointFile, HasTheLayoutOfKeras) {
  save();
  const Hdf5File file = open();
  EXPECT_THAT(file.read_texts("model_weights", "layer_names"),
              ElementsAre("input", "enc1", "norm", "dec1"));
  EXPECT_THAT(file.read_texts("model_weights/enc1", "weight_names"),
              ElementsAre("enc1/kernel:0", "enc1/bias:0"));
  EXPECT_THAT(
      file.read_texts("model_weights/norm", "weight_names"),
      ElementsAre("norm/gamma:0", "norm/beta:0", "norm/moving_mean:0", "norm/moving_variance:0"));
  EXPECT_EQ(file.shape("model_weights/enc1/enc1/kernel:0"), (Shape{3, 3, 1, 3}));
  EXPECT_EQ(file.shape("model_weights/norm/norm/moving_variance:0"), (Shape{3}));
  EXPECT_EQ(file.read_text("/", "backend"), "adjoint");
  EXPECT_FALSE(file.read_text("/", "keras_version").empty());
}

TEST_F(CheckpointFile, HoldsAModelConfigThatIsJson) {
  ModelConfig config;
  parse_config(
      "[model]\ninput = [8, 8, 1]\n[[model.layer]]\nname = \"enc1\"\ntype = \"Conv2D\"\n"
      "filters = 2\nkernel_size = 3\npadding = \"same\"\n",
      "model.toml", {}, config);
  const Model plain = build_model(config.model, 7);
  checkpoint_.keras_config = keras_config(plain, "plain").value();
  save_checkpoint(path_, plain, checkpoint_);
  const auto json = nlohmann::json::parse(open().read_text("/", "model_config"));
  EXPECT_TRUE(json.contains("class_name"));
  EXPECT_EQ(json.at("config").at("layers").size(), 2u);
}

TEST_F(CheckpointFile, StoresATiedKernelOnceAndShowsItInBothLayers) {
  save();
  const auto kernel = values(open().read("model_weights/enc1/enc1/kernel:0"));
  EXPECT_EQ(values(open().read("model_weights/dec1/dec1/kernel:0")), kernel);
  EXPECT_THAT(open().read_texts("model_weights/dec1", "weight_names"),
              ElementsAre("dec1/kernel:0", "dec1/bias:0"));
  // Once: a kernel's bytes are there one time. Its first values look like nothing else.
  std::string pattern(reinterpret_cast<const char*>(kernel.data()), kernel.size() * sizeof(Real));
  const std::string file = contents(path_);
  const std::size_t first = file.find(pattern);
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(file.find(pattern, first + 1), std::string::npos);
}

TEST_F(CheckpointFile, SaysWhichWeightsAreMissingExtraOrOfAnotherShape) {
  save();
  EXPECT_EQ(loading_error(tied_model()), "");

  const std::string other_shape = loading_error(tied_model(4));
  EXPECT_THAT(other_shape,
              AllOf(HasSubstr(path_),
                    HasSubstr("wrong shape: enc1/kernel:0 is 3x3x1x3, the model has 3x3x1x4")));
  EXPECT_THAT(other_shape, Not(AnyOf(HasSubstr("missing:"), HasSubstr("not in the model:"))));

  const std::string renamed = loading_error(tied_model(3, "last"));
  EXPECT_THAT(renamed, AllOf(HasSubstr("missing: last/kernel:0"), HasSubstr("missing: last/bias:0"),
                             HasSubstr("not in the model: dec1/kernel:0"),
                             HasSubstr("not in the model: dec1/bias:0")));
  EXPECT_THAT(renamed, Not(HasSubstr("wrong shape")));
}

TEST_F(CheckpointFile, RefusesAMovingAverageOfAnotherShapeThanItsWeight) {
  // More numbers than the weight has, and fewer.
  for (const Shape& shape : {Shape{3, 3, 1, 4}, Shape{3, 3, 3}}) {
    checkpoint_.optimizer.averages["enc1/kernel"] = counting(shape, 1);
    save();
    Model model = tied_model();
    const std::vector<Real> before = weights(model);
    EXPECT_THAT([&] { transfer_weights(path_, model); },
                ThrowsMessage<InputError>(
                    AllOf(HasSubstr(path_), HasSubstr("/adjoint/ema/enc1/kernel"),
                          HasSubstr("is " + to_string(shape)), HasSubstr("expected 3x3x1x3"))));
    EXPECT_EQ(weights(model), before);
  }
  checkpoint_.optimizer.averages["enc1/kernel"] = counting({3, 3, 1, 3}, 1);
  save();
  Model model = tied_model();
  transfer_weights(path_, model);
  EXPECT_EQ(model.parameters()[0].value, counting({3, 3, 1, 3}, 1));
}

TEST_F(CheckpointFile, RefusesNumbersBelowZeroOfEpochsAndBatches) {
  for (Index TrainingProgress::*number :
       {&TrainingProgress::epoch, &TrainingProgress::batch, &TrainingProgress::samples,
        &TrainingProgress::best_epoch}) {
    Checkpoint damaged = checkpoint_;
    damaged.progress.*number = -1;
    save_checkpoint(path_, model_, damaged);
    EXPECT_THAT([&] { load_checkpoint(path_); },
                ThrowsMessage<InputError>(AllOf(HasSubstr(path_), HasSubstr("is -1"))));
  }
}

TEST_F(CheckpointFile, NamesASchemaVersionThatItDoesNotKnow) {
  write_atomically(path_, [](Hdf5File& file) {
    file.make_group("adjoint");
    file.write_integer("adjoint", "schema_version", 4711);
  });
  EXPECT_THAT([&] { load_checkpoint(path_); },
              ThrowsMessage<InputError>(AllOf(HasSubstr(path_), HasSubstr("version 4711"),
                                              HasSubstr("knows version 1"))));
}

TEST_F(CheckpointFile, SaysThatAnotherHdf5FileIsNoCheckpoint) {
  write_atomically(path_, [](Hdf5File& file) { file.make_group("images"); });
  EXPECT_THAT([&] { load_checkpoint(path_); },
              ThrowsMessage<InputError>(AllOf(HasSubstr(path_), HasSubstr("not a checkpoint"))));
  folder_.write("checkpoint.h5", "PNG or so");
  EXPECT_THAT([&] { load_checkpoint(path_); },
              ThrowsMessage<InputError>(AllOf(HasSubstr(path_), HasSubstr("not an HDF5 file"))));
  std::filesystem::remove(path_);
  EXPECT_THAT([&] { load_checkpoint(path_); },
              ThrowsMessage<InputError>(AllOf(HasSubstr(path_), HasSubstr("No such file"))));
}

TEST_F(CheckpointFile, RefusesATruncatedFileWhereverItEnds) {
  save();
  const std::string whole = contents(path_);
  int refused = 0;
  for (std::size_t size = 1; size < whole.size(); size += whole.size() / 23) {
    folder_.write("checkpoint.h5", whole.substr(0, size));
    Model model = tied_model();
    try {
      const Checkpoint loaded = load_checkpoint(path_);
      load_weights(path_, model);
      // HDF5 ends a file with some room that holds nothing.
      EXPECT_EQ(weights(model), weights(model_)) << size;
      EXPECT_EQ(loaded.history.rows, checkpoint_.history.rows) << size;
      EXPECT_EQ(loaded.config, checkpoint_.config) << size;
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(), HasSubstr(path_)) << size;
      ++refused;
    }
  }
  EXPECT_GT(refused, 15);
}

TEST_F(CheckpointFile, NoticesAWeightThatWasChangedOnTheDisk) {
  save();
  std::string bytes = contents(path_);
  const auto kernel = values(open().read("model_weights/enc1/enc1/kernel:0"));
  const std::size_t at = bytes.find(
      std::string(reinterpret_cast<const char*>(kernel.data()), kernel.size() * sizeof(Real)));
  ASSERT_NE(at, std::string::npos);
  bytes[at + 5] = static_cast<char>(bytes[at + 5] ^ 1);
  folder_.write("checkpoint.h5", bytes);
  EXPECT_THAT(loading_error(tied_model()), AllOf(HasSubstr(path_), HasSubstr("kernel:0")));
}

TEST_F(CheckpointFile, LeavesTheEarlierFileWhenSavingFails) {
  save();
  const std::string before = contents(path_);
  checkpoint_.config = "another";
  checkpoint_.history.rows.push_back({3, 0.05, 6});
  std::filesystem::create_directory(folder_ / "below");
  const std::string below = folder_ / "none" / "checkpoint.h5";
  EXPECT_THAT([&] { save_checkpoint(below, model_, checkpoint_); },
              ThrowsMessage<RunError>(HasSubstr(below)));
  EXPECT_EQ(contents(path_), before);
}

}  // namespace
}  // namespace adjoint
