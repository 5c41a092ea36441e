#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "models/config/config_text.hpp"
#include "tests/models/config/example.hpp"

namespace adjoint {
namespace {

TEST(Config, ReadsWhatIsThereAndKeepsDefaultsElsewhere) {
  const ExampleConfig config = parse(kExample);
  EXPECT_EQ(config.name, "deep");
  EXPECT_EQ(config.model.input, (Shape{28, 28, 1}));
  ASSERT_EQ(config.model.layer.size(), 2u);
  EXPECT_EQ(config.model.layer[0].kernel_size, (Extent2{3, 3}));
  EXPECT_EQ(config.model.layer[1].kernel_size, (Extent2{3, 5}));
  EXPECT_EQ(config.training.epochs, 5);
  EXPECT_EQ(config.training.learning_rate, 1e-3);
}

TEST(Config, TellsWhereATableStands) {
  const ExampleConfig config = parse(kExample);
  EXPECT_EQ(config.model.layer[0].where, "a.toml:6");
  EXPECT_EQ(config.model.layer[1].where, "a.toml:11");
}

TEST(Config, TakesAnIntegerForANumber) {
  EXPECT_EQ(parse(example_with("epochs = 5", "learning_rate = 1")).training.learning_rate, 1.0);
  EXPECT_EQ(parse(example_with("epochs = 5", "sigma = 1")).training.sigma, (NumberRange{1, 1}));
}

TEST(Config, ReadsPaddingInEveryForm) {
  const auto padding = [](const std::string& value) {
    return parse(example_with("filters = 8", "filters = 8\npadding = " + value))
        .model.layer[0]
        .padding;
  };
  using Kind = PaddingRule::Kind;
  EXPECT_EQ(padding("'same'"), (PaddingRule{Kind::same, {}}));
  EXPECT_EQ(padding("'valid'"), (PaddingRule{Kind::valid, {}}));
  EXPECT_EQ(padding("2"), (PaddingRule{Kind::explicit_zeros, {2, 2, 2, 2}}));
  EXPECT_EQ(padding("[[1, 2], [3, 4]]"), (PaddingRule{Kind::explicit_zeros, {1, 2, 3, 4}}));
}

ExampleConfig unusual_config() {
  ExampleConfig config;
  config.name = "quotes \" and \\, a\ttab, a\nline, \x01, \u00e9 and \u6587";
  config.model.input = {0, 0, 3};
  using Kind = PaddingRule::Kind;
  config.model.layer = {
      {.name = "a", .type = "Conv2D", .filters = 4, .padding = {Kind::same, {}}},
      {.type = "Conv2D",
       .filters = 5,
       .kernel_size = {2, 7},
       .padding = {Kind::explicit_zeros, {3, 3, 3, 3}},
       .output_padding = Extent2{1, 0}},
      {.type = "Conv2D", .filters = 6, .padding = {Kind::explicit_zeros, {0, 1, 2, 3}}},
      {.name = "last", .type = "Dense"},
  };
  config.training = {.epochs = 9007199254740993,
                     .learning_rate = 1e-5,
                     .sigma = {0.25, 0.25},
                     .optimizer = "sgd",
                     .metrics = {},
                     .shuffle = false};
  return config;
}

TEST(Config, ReadsBackWhatItWrote) {
  const ExampleConfig config = unusual_config();
  EXPECT_EQ(parse(write_config(config)), config);
  EXPECT_EQ(parse(write_config(parse(kExample))), parse(kExample));
}

TEST(Config, ReadsBackNoElementsWhereTheDefaultHasSome) {
  ExampleConfig config = unusual_config();
  config.model.layer.clear();
  ExampleConfig read = unusual_config();
  parse_config(write_config(config), "a.toml", {}, read);
  EXPECT_EQ(read, config);
}

TEST(Config, WritesTextThatAPersonWouldWrite) {
  ExampleConfig config = parse(kExample);
  config.model.layer[1].output_padding = Extent2{1, 0};
  EXPECT_EQ(write_config(config), R"(name = "deep"

[model]
input = [28, 28, 1]

[[model.layer]]
name = "enc1"
type = "Conv2D"
filters = 8
kernel_size = 3
padding = "valid"

[[model.layer]]
name = ""
type = "Conv2D"
filters = 16
kernel_size = [3, 5]
padding = "valid"
output_padding = [1, 0]

[training]
epochs = 5
learning_rate = 0.001
sigma = [0.1, 0.5]
optimizer = "adam"
metrics = ["psnr"]
shuffle = true
)");
}

struct Group {
  struct Inner {
    bool on = false;
    void keys(Keys& key) { key("on", on, ""); }
  } inner{};
  bool last = false;
  bool has_value = false;
  void keys(Keys& key) {
    key.table("inner", inner, "");
    if (has_value) key("last", last, "");
  }
};
struct Outer {
  Group group;
  void keys(Keys& key) { key.table("group", group, ""); }
};

TEST(Config, WritesValuesBeforeSubTablesAndNoHeaderForABareGroup) {
  EXPECT_EQ(write_config(Outer{}), "[group.inner]\non = false\n");
  EXPECT_EQ(write_config(Outer{{.has_value = true}}),
            "[group]\nlast = false\n\n[group.inner]\non = false\n");
}

TEST(Config, WritesNumbersShort) {
  const auto line = [](double value) {
    struct One {
      double x;
      void keys(Keys& key) { key("x", x, ""); }
    };
    return write_config(One{value});
  };
  EXPECT_EQ(line(1e-3), "x = 0.001\n");
  EXPECT_EQ(line(1e-5), "x = 1e-5\n");
  EXPECT_EQ(line(2.5e-10), "x = 2.5e-10\n");
  EXPECT_EQ(line(1e20), "x = 1e20\n");
  EXPECT_EQ(line(1.0), "x = 1.0\n");
  EXPECT_EQ(line(-0.1), "x = -0.1\n");
}

TEST(Config, ReadsEveryNumberBackToTheBit) {
  std::mt19937_64 bits(1);
  for (int i = 0; i < 2000; ++i) {
    const auto word = bits();
    double value = 0;
    std::memcpy(&value, &word, sizeof value);
    if (!std::isfinite(value)) continue;
    struct One {
      double x;
      void keys(Keys& key) { key("x", x, ""); }
    } read{0};
    parse_config(write_config(One{value}), "a.toml", {}, read);
    EXPECT_EQ(std::memcmp(&read.x, &value, sizeof value), 0) << value;
  }
}

TEST(Config, NeverCrashesOnATruncatedOrDamagedFile) {
  const std::string text = write_config(unusual_config());
  int accepted = 0;
  for (std::size_t length = 0; length < text.size(); ++length) {
    accepted += error_of(text.substr(0, length)).empty();
    std::string damaged = text;
    damaged[length] = static_cast<char>(damaged[length] ^ (1 << (length % 8)));
    accepted += error_of(damaged).empty();
  }
  EXPECT_GT(accepted, 0);
  EXPECT_LT(accepted, static_cast<int>(text.size()));
}

}  // namespace
}  // namespace adjoint
