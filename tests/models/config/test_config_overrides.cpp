#include <gtest/gtest.h>

#include "tests/models/config/example.hpp"

namespace adjoint {
namespace {

TEST(ConfigOverrides, ReplaceAndAddKeys) {
  const ExampleConfig config =
      parse(kExample, {"training.epochs=2", "training.learning_rate=1e-4", "name=plain text",
                       "training.metrics=[\"mse\"]", "training.epochs=3"});
  EXPECT_EQ(config.training.epochs, 3);
  EXPECT_EQ(config.training.learning_rate, 1e-4);
  EXPECT_EQ(config.name, "plain text");
  EXPECT_EQ(config.training.metrics, std::vector<std::string>{"mse"});
}

TEST(ConfigOverrides, MakeTablesThatTheFileLacks) {
  EXPECT_EQ(parse("", {"model.input=[1]", "training.epochs=2"}).training.epochs, 2);
}

TEST(ConfigOverrides, TakeTextWithOrWithoutQuotes) {
  EXPECT_EQ(parse(kExample, {"name=a=b"}).name, "a=b");
  EXPECT_EQ(parse(kExample, {"name=\"12\""}).name, "12");
  EXPECT_EQ(parse(kExample, {"name="}).name, "");
  EXPECT_EQ(parse(kExample, {"name=1\nb=2"}).name, "1\nb=2");
  EXPECT_EQ(parse(kExample, {"name=it's"}).name, "it's");
}

TEST(ConfigOverrides, FindAnElementByNameOrPosition) {
  const ExampleConfig config =
      parse(kExample, {"model.layer.enc1.filters=9", "model.layer.2.filters=17"});
  EXPECT_EQ(config.model.layer[0].filters, 9);
  EXPECT_EQ(config.model.layer[1].filters, 17);
}

TEST(ConfigOverrides, LeaveOutWhatTheyMakePointless) {
  const ExampleLayer layer = parse(kExample, {"model.layer.2.type=Dense"}).model.layer[1];
  EXPECT_EQ(layer.type, "Dense");
  EXPECT_EQ(layer.filters, 0);
  EXPECT_EQ(layer.kernel_size, (Extent2{3, 3}));
  // Neither what they say themselves, nor what would be a mistake without them.
  EXPECT_EQ(error_of(kExample, {"model.layer.enc1.type=Dense", "model.layer.enc1.filters=9"}),
            "--set model.layer.enc1.filters=9: model.layer[1] \"enc1\": unknown key \"filters\"; "
            "known keys: name, type");
  EXPECT_EQ(error_of(example_with("filters = 16", "filters = 16\nspeed = 2"),
                     {"model.layer.2.type=Dense"}),
            "a.toml:14: model.layer[2]: unknown key \"speed\"; known keys: name, type");
}

TEST(ConfigOverrides, AreNamedInMessages) {
  EXPECT_EQ(error_of(kExample, {"training.epochs=x"}),
            "--set training.epochs=x: training.epochs: expected an integer, at least 1; got \"x\" "
            "(a string)");
  EXPECT_EQ(error_of(kExample, {"model.layer.enc1.filters=0"}),
            "--set model.layer.enc1.filters=0: model.layer[1] \"enc1\": filters: expected an "
            "integer, at least 1; got 0 (an integer)");
  EXPECT_EQ(error_of(kExample, {"training.epoch=2"}),
            "--set training.epoch=2: training: unknown key \"epoch\"; did you mean \"epochs\"? "
            "known keys: epochs, learning_rate, sigma, optimizer, metrics, shuffle");
  EXPECT_EQ(error_of(kExample, {"trainig.epochs=2"}),
            "--set trainig.epochs=2: unknown table \"trainig\"; did you mean \"training\"? known "
            "keys: name, model, training");
}

TEST(ConfigOverrides, AreNotBlamedForWhatTheFileLacks) {
  EXPECT_EQ(
      error_of("", {"model.layer=[]"}),
      "a.toml: model: missing key \"input\"; expected a list of at most 4 integers, at least 0");
}

TEST(ConfigOverrides, NameAnElementThatIsNotThere) {
  EXPECT_EQ(error_of(kExample, {"model.layer.enc2.filters=8"}),
            "--set model.layer.enc2.filters=8: model.layer has 2 elements and none that is called "
            "\"enc2\"; did you mean \"enc1\"?");
  EXPECT_EQ(error_of(kExample, {"model.layer.code.filters=8"}),
            "--set model.layer.code.filters=8: model.layer has 2 elements and none that is called "
            "\"code\"; there are \"enc1\"");
  EXPECT_EQ(error_of(kExample, {"model.layer.0.filters=8"}),
            "--set model.layer.0.filters=8: model.layer has 2 elements and none that is called "
            "\"0\"; elements count from 1");
  EXPECT_EQ(error_of(kExample, {"model.layer.3.filters=8"}),
            "--set model.layer.3.filters=8: model.layer has 2 elements and none that is called "
            "\"3\"; elements count from 1");
}

TEST(ConfigOverrides, RefuseWhatIsNoKeyAndValue) {
  for (const std::string text : {"", "training", "=3", "training..epochs=3", ".epochs=1", "a.=1"})
    EXPECT_EQ(error_of(kExample, {text}),
              "--set " + text + ": expected key=value, such as training.epochs=2");
  EXPECT_EQ(error_of(kExample, {"name.x=1"}),
            "--set name.x=1: name is not a table but \"deep\" (a string)");
  EXPECT_EQ(error_of(kExample, {"model.layer.enc1=1"}),
            "--set model.layer.enc1=1: name a key of one of model.layer's elements");
}

}  // namespace
}  // namespace adjoint
