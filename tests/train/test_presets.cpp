// Every preset at work: it trains, and a checkpoint keeps what it stands for.

#include <gmock/gmock.h>

#include "framework/tensor/error.hpp"
#include "models/presets/preset_table.hpp"
#include "tests/train/tiny_run.hpp"

namespace adjoint {
namespace {

class PresetTraining : public testing::TestWithParam<const Kind<PresetFamily>*>,
                       public TrainingObserver {
 protected:
  /// A training of the preset on small images, whose size is odd after a halving.
  std::string config_text() const {
    const Kind<PresetFamily>& preset = *GetParam();
    std::string text = "seed = 3\n[data]\nsource = \"synthetic\"\nsize = 14\ncount = 96\n";
    if (preset.traits.enlarges) {
      text += "[[corruption]]\nkind = \"downsample\"\nfactor = 2\nkeep_size = false\n";
    } else {
      text += "[[corruption]]\nkind = \"gaussian\"\nsigma = 0.2\n";
    }
    text += fmt::format("[model]\ninput = {}\npreset = \"{}\"\nwidth = 6\n",
                        preset.traits.any_size ? "[0, 0, 1]" : "[14, 14, 1]", preset.name);
    return text + "[optimizer]\nlearning_rate = 0.003\n[training]\nepochs = 16\nbatch_size = 8\n";
  }
  Config config(std::vector<std::string> overrides = {}) const {
    return read_config_file(folder_.write("tiny.toml", config_text()), overrides);
  }

  TempFolder folder_;
  ThreadPool pool_{2};
  const std::atomic<bool> never_ = false;
};

TEST_P(PresetTraining, LowersItsLossAndResumesFromWhatACheckpointKeeps) {
  const RunFolder run(folder_ / "run");
  Trainer trainer(config(), run, pool_);
  trainer.run(*this, never_);
  const std::vector<std::vector<double>> rows = trainer.history().rows;
  EXPECT_LT(rows.back().at(1), 0.98 * rows.front().at(1));

  const std::string path = run.checkpoint().string();
  const Config kept = config_of(load_checkpoint(path), path);
  EXPECT_EQ(write_config(kept), write_config(config()));
  EXPECT_FALSE(kept.model.layers.empty());
  // The config goes on with the run, and so does the run's own.
  EXPECT_NO_THROW(Trainer(config({"training.epochs=17"}), run, pool_).resume(path));
  EXPECT_NO_THROW(Trainer(kept, run, pool_).resume(path));
  EXPECT_THROW(Trainer(config({"model.width=7"}), run, pool_).resume(path), InputError);
}

std::vector<const Kind<PresetFamily>*> all_presets() {
  std::vector<const Kind<PresetFamily>*> all;
  for (const Kind<PresetFamily>& preset : PresetFamily::kinds()) all.push_back(&preset);
  return all;
}

INSTANTIATE_TEST_SUITE_P(All, PresetTraining, testing::ValuesIn(all_presets()),
                         [](const auto& info) {
                           std::string name(info.param->name);
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace adjoint
