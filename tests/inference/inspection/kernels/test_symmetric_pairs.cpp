#include <gtest/gtest.h>

#include "inference/inspection/kernels/symmetric_pairs.hpp"
#include "tests/inference/inspection/models.hpp"

namespace adjoint {
namespace {

using Names = std::vector<std::pair<std::string, std::string>>;

Names names_of(const Model& model) {
  Names names;
  for (const SymmetricPair& pair : symmetric_pairs(model)) {
    names.emplace_back(model.nodes()[pair.convolution].name, model.nodes()[pair.transpose].name);
  }
  return names;
}

TEST(SymmetricPairs, GoFromTheOutsideInwards) {
  EXPECT_EQ(names_of(strided_model()), (Names{{"enc1", "dec1"}, {"enc2", "dec2"}}));
}

TEST(SymmetricPairs, LeaveAConvolutionBehindTheTransposesAlone) {
  EXPECT_EQ(names_of(keras_model()), (Names{{"conv1", "up1"}, {"conv2", "up2"}}));
  const Model model = build(model_text(
      "[8, 8, 1]", {conv("enc", 4, "strides = 2"), transpose("dec2", 4),
                    conv("between", 4, "strides = 2"), conv("more", 4), transpose("dec1", 1)}));
  EXPECT_EQ(names_of(model), (Names{{"enc", "dec1"}}));
}

TEST(SymmetricPairs, PutTogetherWhatSharesAKernel) {
  // By position "first" would mirror "dec"; by its kernel "enc" does.
  const Model model = build(model_text(
      "[8, 8, 2]", {conv("first", 2), conv("enc", 4, "strides = 2"), tied("dec", "enc")}));
  const std::vector<SymmetricPair> pairs = symmetric_pairs(model);
  EXPECT_EQ(names_of(model), (Names{{"enc", "dec"}}));
  EXPECT_TRUE(pairs[0].tied);
  EXPECT_FALSE(symmetric_pairs(strided_model())[0].tied);
}

}  // namespace
}  // namespace adjoint
