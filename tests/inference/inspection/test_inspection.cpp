#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "framework/storage/checkpoint.hpp"
#include "inference/inspection/inspection.hpp"
#include "inference/inspection/kernels/pair_history.hpp"
#include "inference/inspection/kernels/symmetric_pairs.hpp"
#include "inference/inspection/pictures.hpp"
#include "inference/inspection/report_tables.hpp"
#include "tests/inference/inspection/models.hpp"

namespace adjoint {
namespace {

using testing::ElementsAre;

std::vector<std::string> files_of(const Inspection& inspection) {
  std::vector<std::string> files;
  for (const Picture& picture : draw_pictures(inspection)) files.push_back(picture.file);
  return files;
}

TEST(Inspection, ComparesKernelsBeforeAndAfterTraining) {
  Model model = strided_model();
  const std::map<std::string, Tensor> initial = copy_weights(model);
  // "Training" doubles enc1 and turns dec1 into a copy of it.
  Tensor& enc1 = model.parameters()[kernel_of(model, model.find("enc1"))].value;
  enc1 *= 2;
  model.parameters()[kernel_of(model, model.find("dec1"))].value = enc1;
  const Inspection inspection = inspect(model, {28, 28, 1}, &initial);

  const KernelReport& report = *inspection.kernel("enc1");
  EXPECT_NEAR(report.change, 1, 1e-6);
  EXPECT_NEAR(report.after.norm, 2 * report.before.norm, 1e-5);
  EXPECT_NEAR(report.after.singular_values[0], 2 * report.before.singular_values[0], 1e-5);
  EXPECT_NEAR(report.after.effective_rank, report.before.effective_rank, 1e-5);
  double squares = 0;  // the Frobenius norm from the spectrum
  for (double value : report.after.singular_values) squares += value * value;
  EXPECT_NEAR(std::sqrt(squares), report.after.norm, 1e-5);

  const PairReport& pair = inspection.pairs[0];
  EXPECT_LT(pair.before.kernels->cosine, 0.9);
  EXPECT_NEAR(pair.after.kernels->cosine, 1, 1e-6);
  EXPECT_EQ(pair.after.kernels->same_channel_matches(), 8);
  EXPECT_EQ(inspection.kernel("enc2")->change, 0);
}

TEST(Inspection, SaysWhyKernelsCannotBeCompared) {
  const Model model = keras_model();
  const std::map<std::string, Tensor> initial = copy_weights(model);
  const Inspection inspection = inspect(model, {28, 28, 1}, &initial);
  EXPECT_EQ(inspection.pairs[0].obstacle, "image channels (1 and 32)");
  EXPECT_FALSE(inspection.pairs[0].after.kernels.has_value());
  EXPECT_EQ(inspection.pairs[1].obstacle, "");
  EXPECT_TRUE(inspection.pairs[1].after.kernels.has_value());
  EXPECT_EQ(inspection.kernels.size(), 5U);
}

TEST(Inspection, ComparesNothingInATiedPair) {
  const Model model = tied_model();
  const std::map<std::string, Tensor> initial = copy_weights(model);
  const Inspection inspection = inspect(model, {25, 24, 1}, &initial);
  EXPECT_TRUE(inspection.pairs[0].tied);
  EXPECT_FALSE(inspection.pairs[0].after.kernels.has_value());
  EXPECT_EQ(inspection.kernel("dec1"), nullptr);
  EXPECT_THAT(
      files_of(inspection),
      ElementsAre("kernel-enc1-before.png", "kernel-enc1-after.png", "frequency-enc1-before.png",
                  "frequency-enc1-after.png", "kernel-enc2-before.png", "kernel-enc2-after.png",
                  "frequency-enc2-before.png", "frequency-enc2-after.png"));
}

TEST(Inspection, TellsHowFarAPairIsFromGivingBackTheImage) {
  // One kernel of one tap, tied: the image comes back, times the square of the weight.
  const auto tied_pair = [](Index kernel_size) {
    const std::string rest = fmt::format("filters = 1\nkernel_size = {}", kernel_size);
    const Model model =
        build(model_text("[8, 8, 1]", {layer("enc", "Conv2D", rest), tied("dec", "enc")}));
    const std::map<std::string, Tensor> initial = copy_weights(model);
    return inspect(model, {8, 8, 1}, &initial);
  };
  const Inspection one = tied_pair(1);
  ASSERT_TRUE(one.pairs.at(0).after.from_identity.has_value());
  EXPECT_NEAR(*one.pairs[0].after.from_identity, 0, 1e-6);
  // A kernel of nine taps blurs it.
  const Inspection nine = tied_pair(3);
  EXPECT_GT(*nine.pairs.at(0).after.from_identity, 0.1);
  EXPECT_EQ(*nine.pairs[0].after.from_identity, *nine.pairs[0].before.from_identity);
}

TEST(Inspection, FollowsThePairsOverTheEpochs) {
  Model model = strided_model();
  const std::map<std::string, Tensor> initial = copy_weights(model);
  Inspection inspection = inspect(model, {28, 28, 1}, &initial);
  EXPECT_TRUE(pair_histories(inspection.pairs[0]).empty());
  EXPECT_TRUE(history_table(inspection.pairs[0]).rows.empty());
  add_epoch(inspection, 3, model);
  // Then dec1 becomes a copy of enc1, and enc2 and dec2 stay.
  model.parameters()[kernel_of(model, model.find("dec1"))].value =
      model.parameters()[kernel_of(model, model.find("enc1"))].value;
  add_epoch(inspection, 12, model);
  const PairReport& pair = inspection.pairs[0];
  EXPECT_THAT(history_epochs(pair), ElementsAre(0, 3, 12));
  const std::vector<PairHistory> histories = pair_histories(pair);
  ASSERT_EQ(histories.size(), 6U);
  for (std::size_t c : {0U, 1U, 2U, 3U, 4U}) {  // all but the distance from an identity
    SCOPED_TRACE(histories[c].name);
    EXPECT_EQ(histories[c].values[1], histories[c].values[0]);
    EXPECT_LT(histories[c].values[1], 0.999);
    EXPECT_NEAR(histories[c].values[2], 1, 1e-5);
  }
  EXPECT_EQ(histories[5].values[1], histories[5].values[0]);
  EXPECT_NE(histories[5].values[2], histories[5].values[1]);
  for (const PairHistory& history : pair_histories(inspection.pairs[1]))
    EXPECT_EQ(history.values[2], history.values[0]) << history.name;
  const Table table = history_table(pair);
  ASSERT_EQ(table.rows.size(), 4U);
  EXPECT_EQ(table.rows[2].cells[0], "12");
  EXPECT_EQ(table.rows[2].cells[1], "1.000");
  EXPECT_EQ(table.rows[3].cells[1], "0.000");  // by chance
}

TEST(Inspection, ATiedPairHasItsDistanceFromAnIdentityAlone) {
  const Model model = tied_model();
  const std::map<std::string, Tensor> initial = copy_weights(model);
  Inspection inspection = inspect(model, {25, 24, 1}, &initial);
  add_epoch(inspection, 1, model);
  const std::vector<PairHistory> histories = pair_histories(inspection.pairs[0]);
  ASSERT_EQ(histories.size(), 1U);
  EXPECT_EQ(histories[0].name, "distance from identity");
}

TEST(Inspection, NeedsNoWeightsForTheLayers) {
  const Inspection inspection = inspect(strided_model(), {28, 28, 1}, nullptr);
  EXPECT_EQ(inspection.layers.layers.size(), 5U);
  EXPECT_EQ(inspection.pairs.size(), 2U);
  EXPECT_TRUE(inspection.kernels.empty());
  EXPECT_TRUE(draw_pictures(inspection).empty());
}

TEST(Inspection, MissesAnInitialKernel) {
  const Model model = strided_model();
  std::map<std::string, Tensor> initial = copy_weights(model);
  initial.erase("enc2/kernel");
  EXPECT_EQ(error_of([&] {
              inspect(model, {28, 28, 1}, &initial);
            }),
            "the checkpoint does not hold the initial weights of enc2/kernel");
}

}  // namespace
}  // namespace adjoint
