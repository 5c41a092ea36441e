#include <gtest/gtest.h>

#include "framework/tensor/error.hpp"
#include "models/config/flat_config.hpp"

namespace adjoint {
namespace {

TEST(FlatConfig, NamesEveryKeyByItsWholePath) {
  const std::vector<FlatKey> flat = flat_config(
      "seed = 3\n[data]\nsource = \"synthetic\"\nclasses = [1, 2]\n"
      "[[corruption]]\nkind = \"gaussian\"\nsigma = 0.25\n"
      "[[model.layer]]\nname = \"enc1\"\nfilters = 8\n"
      "[[model.layer]]\nname = \"a b\"\nfilters = 4\n",
      "x.toml");
  const std::string enc1 = "model.layer.enc1", quoted = "model.layer.\"a b\"";
  EXPECT_EQ(flat, (std::vector<FlatKey>{{"corruption.1.kind", "\"gaussian\"", "corruption.1"},
                                        {"corruption.1.sigma", "0.25", "corruption.1"},
                                        {"data.classes", "[1, 2]", ""},
                                        {"data.source", "\"synthetic\"", ""},
                                        {"model.layer.enc1.filters", "8", enc1},
                                        {"model.layer.enc1.name", "\"enc1\"", enc1},
                                        {"model.layer.\"a b\".filters", "4", quoted},
                                        {"model.layer.\"a b\".name", "\"a b\"", quoted},
                                        {"seed", "3", ""}}));
}

TEST(FlatConfig, SaysWhereATextIsNoToml) {
  try {
    flat_config("seed = 3\nepochs =\n", "x.toml");
    FAIL() << "no error";
  } catch (const InputError& error) {
    EXPECT_TRUE(std::string(error.what()).starts_with("x.toml:2: ")) << error.what();
  }
}

}  // namespace
}  // namespace adjoint
