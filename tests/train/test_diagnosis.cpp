#include "train/diagnosis.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "models/config/config_text.hpp"
#include "tests/train/tiny_run.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// An epoch of a denoiser that does well.
EpochReport good_epoch(Index epoch) {
  return {.epoch = epoch,
          .epochs = 10,
          .loss = 0.01 / static_cast<double>(epoch),
          .psnr = 25,
          .validated = true,
          .validation = {.loss = 0.01,
                         .psnr = 25,
                         .input_psnr = 20,
                         .output = {0.02, 0.95},
                         .target = {0, 1},
                         .beyond = 0.004,
                         .gray_psnr = 12}};
}

const Diagnosis::Setting kUsual{.optimizer = "adam", .learning_rate = 1e-3, .batches = 200};

/// The warnings of a diagnosis in the last of so many epochs, of which `spoil` makes bad ones.
template <class Spoil>
std::vector<TrainingWarning> found(const Diagnosis::Setting& setting, Index epochs, Spoil spoil) {
  Diagnosis diagnosis(setting);
  std::vector<TrainingWarning> found;
  for (Index epoch = 1; epoch <= epochs; ++epoch) {
    EpochReport report = good_epoch(epoch);
    spoil(report);
    found = diagnosis.look(report);
  }
  return found;
}

TEST(Diagnosis, FindsNothingWrongWithAGoodTraining) {
  for (Index epochs = 1; epochs <= 10; ++epochs)
    EXPECT_THAT(found(kUsual, epochs, [](EpochReport&) {}), IsEmpty());
  // One that gives clean images back has no input to be better than.
  EXPECT_THAT(found(kUsual, 10, [](EpochReport& at) { at.validation.input_psnr = 100; }),
              IsEmpty());
}

TEST(Diagnosis, NamesADeadCode) {
  const auto with_dead = [](Index dead) {
    return [dead](EpochReport& at) {
      at.code = CodeUse{.layer = "enc3", .images = 32, .units = 16, .dead = dead};
    };
  };
  EXPECT_THAT(found(kUsual, 10, with_dead(7)), IsEmpty());
  EXPECT_THAT(found(kUsual, 2, with_dead(16)), IsEmpty());  // it has hardly begun
  const std::vector<TrainingWarning> half = found(kUsual, 3, with_dead(10));
  ASSERT_EQ(half.size(), 1U);
  EXPECT_EQ(half[0].kind, "dead code");
  EXPECT_THAT(half[0].text, AllOf(HasSubstr("10 of the 16 channels"), HasSubstr("layer enc3"),
                                  HasSubstr("32 validation images"), HasSubstr("a code of 6"),
                                  HasSubstr("0.001")));
  const std::vector<TrainingWarning> all = found(kUsual, 3, with_dead(16));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_THAT(all[0].text, HasSubstr("learns nothing of the image"));
}

// 200 steps an epoch: an average over 1000 steps still holds the initial weights after three
// epochs.
TEST(Diagnosis, WaitsForTheMovingAverageOfTheWeights) {
  const auto worse = [](EpochReport& at) { at.validation.psnr = 14.4; };
  Diagnosis::Setting setting = kUsual;
  setting.ema_momentum = 0.999;
  EXPECT_THAT(found(setting, 9, worse), IsEmpty());
  const auto warnings = found(setting, 10, worse);  // the last one
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_THAT(warnings[0].text, AllOf(HasSubstr("optimizer.use_ema"), HasSubstr("1000 steps")));
  setting.ema_momentum = 0.99;
  EXPECT_EQ(found(setting, 3, worse).size(), 1u);
}

TEST(Diagnosis, FindsAModelThatMakesImagesWorse) {
  const auto worse = [](EpochReport& at) { at.validation.psnr = 14.4; };
  EXPECT_THAT(found(kUsual, 2, worse), IsEmpty()) << "too early to say";
  const auto warnings = found(kUsual, 3, worse);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_THAT(warnings[0].text, AllOf(HasSubstr("14.40 dB, below the 20.00 dB of the input"),
                                      HasSubstr("more filters or a larger code")));
  // At the end it is said, however early that is.
  EXPECT_EQ(found(kUsual, 1,
                  [&](EpochReport& at) {
                    worse(at);
                    at.epochs = 1;
                  })
                .size(),
            1u);
}

TEST(Diagnosis, BlamesMovingAveragesThatAreNotSettled) {
  Diagnosis::Setting setting = kUsual;
  setting.batches = 23;
  setting.momentum = 0.99;
  const auto worse = [](EpochReport& at) { at.validation.psnr = 14.4; };
  EXPECT_THAT(
      found(setting, 4, worse).at(0).text,
      AllOf(HasSubstr("BatchNormalization"), HasSubstr("there were 92"),
            HasSubstr("training itself is at 25.00 dB"), HasSubstr("set its momentum to 0.87")));
  // Where training does no better, they are not the cause; nor after many steps.
  EXPECT_THAT(found(setting, 4,
                    [&](EpochReport& at) {
                      worse(at);
                      at.psnr = 14;
                    })
                  .at(0)
                  .text,
              Not(HasSubstr("BatchNormalization")));
  setting.batches = 500;
  EXPECT_THAT(found(setting, 4, worse).at(0).text, Not(HasSubstr("BatchNormalization")));
}

TEST(Diagnosis, BlamesALearningRateThatIsUnusual) {
  Diagnosis::Setting setting = kUsual;
  setting.learning_rate = 50;
  const auto dead = [](EpochReport& at) { at.validation.psnr = 12.1; };
  const auto warnings = found(setting, 3, dead);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_THAT(warnings[0].text,
              AllOf(HasSubstr("one gray value for all pixels has 12.00 dB"),
                    HasSubstr("learning_rate = 50 is unusually high for adam; try 0.001")));
  setting.learning_rate = 1e-9;
  EXPECT_THAT(found(setting, 3, dead).at(0).text, HasSubstr("unusually low"));
  setting.optimizer = "sgd";
  setting.learning_rate = 0.5;
  EXPECT_THAT(found(setting, 3, dead).at(0).text, Not(HasSubstr("unusually")));
}

TEST(Diagnosis, FindsALossThatGrows) {
  const auto warnings =
      found(kUsual, 4, [](EpochReport& at) { at.loss = at.epoch == 4 ? 0.03 : 0.01; });
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_THAT(warnings[0].text, HasSubstr("has grown from 0.01 to 0.03"));
}

TEST(Diagnosis, FindsADenoiserThatLeavesTheNoise) {
  const auto little = [](EpochReport& at) { at.validation.psnr = 20.2; };
  EXPECT_THAT(found(kUsual, 4, little), IsEmpty()) << "it may still come";
  const auto warnings = found(kUsual, 5, little);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_THAT(warnings[0].text, AllOf(HasSubstr("20.20 dB, hardly above the 20.00 dB of the input"),
                                      HasSubstr("most of the corruption stays")));
  EXPECT_THAT(found(kUsual, 5, [](EpochReport& at) { at.validation.psnr = 20.6; }), IsEmpty());
  // Hardly any noise: nothing is to be gained.
  EXPECT_THAT(found(kUsual, 5,
                    [](EpochReport& at) {
                      at.validation.input_psnr = 40;
                      at.validation.psnr = 40.1;
                    }),
              IsEmpty());
}

TEST(Diagnosis, FindsALossThatStaysWhereItBegan) {
  const auto flat = [](EpochReport& at) {
    at.loss = 0.02;
    at.validation.psnr = 12.1;
  };
  const auto warnings = found(kUsual, 3, flat);
  ASSERT_EQ(warnings.size(), 2u);
  EXPECT_EQ(warnings[0].kind, "gray");
  EXPECT_THAT(warnings[1].text, AllOf(HasSubstr("has not changed since the first epoch"),
                                      HasSubstr("learning_rate (now 0.001)")));
  EXPECT_THAT(found(kUsual, 2, flat), IsEmpty()) << "too early to say";
  // A model that was trained before has nothing left to learn.
  EXPECT_THAT(found(kUsual, 9, [](EpochReport& at) { at.loss = 0.02; }), IsEmpty());
}

TEST(Diagnosis, FindsAModelThatLearnsItsImagesByHeart) {
  // The validation loss rises from epoch 3 on, the training loss falls.
  const auto risen = [](EpochReport& at) {
    at.validation.loss = 0.01 + 0.0004 * std::abs(static_cast<double>(at.epoch - 3));
  };
  EXPECT_THAT(found(kUsual, 7, risen), IsEmpty()) << "too early to say";
  const auto warnings = found(kUsual, 8, risen);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_THAT(warnings[0].text,
              AllOf(HasSubstr("lowest after epoch 3 (0.01) and is 0.012 now"),
                    HasSubstr("best.h5 keeps epoch 3"), HasSubstr("training.patience = 5")));
  // Where the training loss rises, too, something else is wrong.
  EXPECT_THAT(found(kUsual, 8,
                    [&](EpochReport& at) {
                      risen(at);
                      at.loss = 0.01;
                    }),
              IsEmpty());
}

TEST(Diagnosis, FindsATrainingThatWaitsForItsImages) {
  const auto slow = [](EpochReport& at) {
    at.seconds = 20 * static_cast<double>(at.epoch);
    at.loader_wait = 0.6;
  };
  EXPECT_THAT(found(kUsual, 1, slow), IsEmpty()) << "the first epoch fills the cache";
  EXPECT_THAT(found(kUsual, 2, slow).at(0).text,
              AllOf(HasSubstr("epoch 2 waited for images 60 % of its 20 seconds"),
                    HasSubstr("faster disk")));
  Diagnosis::Setting setting = kUsual;
  setting.cache_mb = 512;
  EXPECT_THAT(found(setting, 2, slow).at(0).text, HasSubstr("raise data.cache_mb (now 512)"));
  EXPECT_THAT(found(kUsual, 2,
                    [&](EpochReport& at) {
                      slow(at);
                      at.seconds /= 20;
                    }),
              IsEmpty())
      << "a moment";
}

TEST(Diagnosis, FindsOutputsThatLeaveOutAPartOfTheRange) {
  const auto narrow = [](EpochReport& at) { at.validation.output = {0.06, 0.467}; };
  EXPECT_THAT(found(kUsual, 4, narrow), IsEmpty()) << "too early to say";
  EXPECT_THAT(found(kUsual, 5, narrow).at(0).text,
              AllOf(HasSubstr("between 0.06 and 0.47"), HasSubstr("from 0.00 to 1.00"),
                    HasSubstr("0.4 % of their pixels")));
  // A few pixels are no matter.
  EXPECT_THAT(found(kUsual, 5,
                    [&](EpochReport& at) {
                      narrow(at);
                      at.validation.beyond = 1e-5;
                    }),
              IsEmpty());
}

/// The warnings of a real training.
class DiagnosedTraining : public testing::Test, public TrainingObserver {
 protected:
  void on_warning(const TrainingWarning& warning) override { said_.push_back(warning.text); }
  std::vector<std::string> train(const std::string& text, std::vector<std::string> overrides) {
    Trainer trainer(read_config_file(folder_.write("tiny.toml", text), overrides),
                    RunFolder(folder_ / "run"), pool_);
    trainer.run(*this, never_);
    return said_;
  }

  TempFolder folder_;
  ThreadPool pool_{2};
  const std::atomic<bool> never_ = false;
  std::vector<std::string> said_;
};

TEST_F(DiagnosedTraining, IsToldThatItsLearningRateIsTooHigh) {
  EXPECT_THAT(train(kPlainConfig, {"optimizer.learning_rate=50", "training.epochs=3",
                                   "model.layer.dec1.activation=sigmoid"}),
              testing::Contains(HasSubstr("learning_rate = 50 is unusually high")));
}

TEST_F(DiagnosedTraining, IsToldThatMovingAveragesAreNotSettled) {
  // The first averages are those of nothing: 0 and 1, far from what these images have.
  const auto said =
      train(kRandomConfig, {"corruption=[]", "data.count=400", "training.epochs=2",
                            "training.batch_size=16", "model.layer.drop.rate=0",
                            "model.layer.norm.momentum=0.9999", "optimizer.learning_rate=0.02"});
  EXPECT_THAT(said, testing::Contains(HasSubstr("moving averages of BatchNormalization")));
}

TEST_F(DiagnosedTraining, IsToldNothingWhenItGoesWell) {
  EXPECT_THAT(train(kPlainConfig, {"data.count=400", "training.epochs=6"}), IsEmpty());
}

}  // namespace
}  // namespace adjoint
