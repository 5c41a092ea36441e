#include "framework/settings/foreign_words.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace adjoint {
namespace {

TEST(ForeignWords, AreTranslatedToTheNameThatIsThere) {
  const std::vector<std::string> losses{"mse", "mae", "huber"};
  EXPECT_EQ(own_name("mean_squared_error", losses), "mse");
  EXPECT_EQ(own_name("MSELoss", losses), "mse");
  EXPECT_EQ(own_name("SmoothL1Loss", losses), "huber");
  EXPECT_EQ(own_name("mse", losses), "");
  const std::vector<std::string> layers{"Conv2D", "Conv2DTranspose", "MaxPooling2D"};
  EXPECT_EQ(own_name("ConvTranspose2d", layers), "Conv2DTranspose");
  EXPECT_EQ(own_name("MaxPool2d", layers), "MaxPooling2D");
  // One word may stand for several names.
  EXPECT_EQ(own_name("std", std::vector<std::string>{"stddev"}), "stddev");
  EXPECT_EQ(own_name("std", std::vector<std::string>{"sigma"}), "sigma");
  EXPECT_EQ(own_name("lr", losses), "");
}

TEST(ForeignWords, TellWhereSomethingHasItsPlace) {
  EXPECT_EQ(other_place("EarlyStopping"), "; it is training.patience here;");
  EXPECT_EQ(other_place("lr"), "; it is optimizer.learning_rate here;");
  EXPECT_EQ(other_place("mean_squared_error"), "");
  EXPECT_EQ(other_place("anything"), "");
}

}  // namespace
}  // namespace adjoint
