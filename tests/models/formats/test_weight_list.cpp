// Weights without a model, put into one by name and by order.

#include "models/formats/weight_list.hpp"

#include <gmock/gmock.h>

#include <limits>
#include <numeric>

#include "tests/datasets/files.hpp"
#include "tests/models/spec_text.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using enum WeightLayout;
using enum WeightMatch;

/// Numbers from `first` on, one more each.
ForeignWeight counting(const std::string& name, const Shape& shape, int first = 0) {
  Tensor value = make_tensor(shape);
  std::iota(value.begin(), value.end(), static_cast<Real>(first));
  return {name, value};
}

class WeightList : public testing::Test {
 protected:
  std::string refusal(const std::vector<ForeignWeight>& weights, WeightLayout layout,
                      WeightMatch match) {
    const std::map<std::string, Tensor> before = copy_weights(model_);
    const std::string message =
        error_of([&] { assign_weights("a.file", weights, layout, match, model_); });
    EXPECT_EQ(copy_weights(model_), before) << "a refusal must leave the model as it was";
    return message;
  }
  std::vector<Real> parameter(const std::string& name) const {
    return values(std::ranges::find(model_.parameters(), name, &Parameter::name)->value);
  }

  Model model_ = build(
      model_text("[2, 2, 1]",
                 {"name = 'enc-1'\ntype = 'Conv2D'\nfilters = 2\nkernel_size = [1, 2]",
                  "name = 'norm'\ntype = 'BatchNormalization'\nscale = false",
                  "name = 'flat'\ntype = 'Flatten'", "name = 'code'\ntype = 'Dense'\nunits = 2"}));
  const std::vector<ForeignWeight> keras_{counting("enc-1/enc-1/kernel:0", {1, 2, 1, 2}),
                                          counting("enc-1/enc-1/bias:0", {2}, 10),
                                          counting("norm/norm/beta:0", {2}, 20),
                                          counting("norm/norm/moving_mean:0", {2}, 30),
                                          counting("norm/norm/moving_variance:0", {2}, 40),
                                          counting("code/code/kernel:0", {4, 2}, 50),
                                          counting("code/code/bias:0", {2}, 60)};
  const std::vector<ForeignWeight> pytorch_{counting("enc_1.weight", {2, 1, 1, 2}),
                                            counting("enc_1.bias", {2}, 10),
                                            {"norm.weight", make_tensor({2}, 1)},
                                            counting("norm.bias", {2}, 20),
                                            counting("norm.running_mean", {2}, 30),
                                            counting("norm.running_var", {2}, 40),
                                            counting("norm.num_batches_tracked", {1}),
                                            counting("code.weight", {2, 4}, 50),
                                            counting("code.bias", {2}, 60)};
};

TEST_F(WeightList, TakesKerasAsItIs) {
  for (const WeightMatch match : {by_name, by_order}) {
    const WeightTransfer transfer = assign_weights("a.file", keras_, keras, match, model_);
    EXPECT_THAT(transfer.taken,
                ElementsAre("enc-1/kernel", "enc-1/bias", "norm/beta", "norm/moving_mean",
                            "norm/moving_variance", "code/kernel", "code/bias"));
    EXPECT_THAT(parameter("enc-1/kernel"), ElementsAre(0, 1, 2, 3));
    EXPECT_THAT(parameter("code/kernel"), ElementsAre(50, 51, 52, 53, 54, 55, 56, 57));
    EXPECT_THAT(parameter("norm/moving_variance"), ElementsAre(40, 41));
    model_.initialize(3);
  }
}

// The kernel (1, 2, 1, 2) of (2, 1, 1, 2), and Dense rows in the order (H, W, C) of (C, H, W).
TEST_F(WeightList, TurnsPytorchRound) {
  for (const WeightMatch match : {by_name, by_order}) {
    assign_weights("a.file", pytorch_, pytorch, match, model_);
    EXPECT_THAT(parameter("enc-1/kernel"), ElementsAre(0, 2, 1, 3));
    // The image at the Flatten is 2x1x2: (row, channel) 00 01 10 11 stand at 0 2 1 3 there.
    EXPECT_THAT(parameter("code/kernel"), ElementsAre(50, 54, 52, 56, 51, 55, 53, 57));
    EXPECT_THAT(parameter("norm/beta"), ElementsAre(20, 21));
    model_.initialize(3);
  }
}

// Conv1d of PyTorch: (out, in, k).
TEST_F(WeightList, TakesOneDimensionalKernelsOfPytorch) {
  std::vector<ForeignWeight> weights = pytorch_;
  weights[0] = counting("enc_1.weight", {2, 1, 2});
  for (const WeightMatch match : {by_name, by_order}) {
    assign_weights("a.file", weights, pytorch, match, model_);
    EXPECT_THAT(parameter("enc-1/kernel"), ElementsAre(0, 2, 1, 3));
  }
  weights[0] = counting("enc_1.weight", {2, 2, 1});
  EXPECT_THAT(refusal(weights, pytorch, by_name), HasSubstr("wrong shape: enc_1.weight is 2x2x1"));
}

TEST_F(WeightList, PassesOverPrefixesAndSigns) {
  std::vector<ForeignWeight> weights = pytorch_;
  for (ForeignWeight& weight : weights) weight.name = "module.model." + weight.name;
  weights[0].name = "module.model.enc-1.weight";
  assign_weights("a.file", weights, pytorch, by_name, model_);
  EXPECT_THAT(parameter("enc-1/bias"), ElementsAre(10, 11));
  weights = keras_;
  weights[0].name = "enc-1/kernel";
  weights[5].name = "model/code/kernel:0";
  assign_weights("a.file", weights, keras, by_name, model_);
  EXPECT_THAT(parameter("code/kernel")[0], 50);
}

TEST_F(WeightList, ListsEveryMisfitByName) {
  std::vector<ForeignWeight> weights = pytorch_;
  weights[0] = counting("enc_1.weight", {1, 2, 1, 2});
  weights[1].name = "enc_2.bias";
  weights[4].value[0] = std::numeric_limits<Real>::quiet_NaN();
  weights[7] = counting("code.bias", {2});
  EXPECT_THAT(
      refusal(weights, pytorch, by_name),
      AllOf(HasSubstr("a.file: its weights do not fit the model:"),
            HasSubstr("wrong shape: enc_1.weight is 1x2x1x2, the model needs 2x1x1x2 "
                      "(enc-1/kernel of 1x2x1x2)"),
            HasSubstr("not in the model: enc_2.bias (2)"), HasSubstr("missing: enc_1.bias (2)"),
            HasSubstr("not finite: norm.running_mean"), HasSubstr("given twice: code.bias"),
            HasSubstr("missing: code.weight (2x4)"), Not(HasSubstr("missing: enc_1.weight"))));
}

TEST_F(WeightList, ListsEveryMisfitByOrder) {
  std::vector<ForeignWeight> weights = keras_;
  std::swap(weights[0], weights[1]);
  weights.pop_back();
  EXPECT_THAT(refusal(weights, keras, by_order),
              AllOf(HasSubstr("wrong kind: enc-1/enc-1/bias:0 (2) stands where enc-1/kernel "
                              "(1x2x1x2) is expected"),
                    HasSubstr("missing: code/bias (2)")));
  weights = keras_;
  weights.push_back(counting("more/kernel:0", {3}));
  EXPECT_THAT(refusal(weights, keras, by_order), HasSubstr("too much: more/kernel:0 (3)"));
  EXPECT_THAT(refusal({}, keras, by_order), HasSubstr("missing: enc-1/kernel"));
}

TEST_F(WeightList, RefusesAScaleThatTheModelLacks) {
  std::vector<ForeignWeight> weights = pytorch_;
  weights[2].value[1] = 2;
  EXPECT_THAT(refusal(weights, pytorch, by_name),
              HasSubstr("not in the model: norm.weight is not 1 everywhere"));
  weights.erase(weights.begin() + 2);
  EXPECT_NO_THROW(assign_weights("a.file", weights, pytorch, by_name, model_));
}

TEST_F(WeightList, TakesATiedKernelOnceOrTwice) {
  model_ = build(model_text(
      "[4, 4, 1]", {"name = 'a'\ntype = 'Conv2D'\nfilters = 2\nkernel_size = 2",
                    "name = 'b'\ntype = 'Conv2DTranspose'\ntied_to = 'a'\noutput_like = 'a'"}));
  std::vector<ForeignWeight> weights{counting("a.weight", {2, 1, 2, 2}), counting("a.bias", {2}),
                                     counting("b.weight", {2, 1, 2, 2}), counting("b.bias", {1})};
  for (const WeightMatch match : {by_name, by_order}) {
    assign_weights("a.file", weights, pytorch, match, model_);
    EXPECT_THAT(parameter("a/kernel"), ElementsAre(0, 4, 1, 5, 2, 6, 3, 7));
  }
  std::vector<ForeignWeight> other = weights;
  other[2].value[0] = 9;
  for (const WeightMatch match : {by_name, by_order})
    EXPECT_THAT(refusal(other, pytorch, match),
                HasSubstr("different: b.weight is not equal to the weight that it shares"));
  weights.erase(weights.begin() + 2);
  for (const WeightMatch match : {by_name, by_order})
    EXPECT_EQ(assign_weights("a.file", weights, pytorch, match, model_).taken.size(), 3u);
}

}  // namespace
}  // namespace adjoint
