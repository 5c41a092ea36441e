#include <gmock/gmock.h>

#include <filesystem>

#include "models/config/config_text.hpp"
#include "tests/models/config/example.hpp"

namespace adjoint {
namespace {

using testing::HasSubstr;

std::string in_training(const std::string& line) {
  return error_of(example_with("epochs = 5", line));
}
std::string in_second_layer(const std::string& line) {
  return error_of(example_with("filters = 16", line));
}
std::string in_first_layer(const std::string& line) {
  return error_of(example_with("filters = 8", line));
}

TEST(ConfigErrors, NameAnUnknownKeyAndWhatWasMeant) {
  EXPECT_EQ(in_training("epoch = 5"),
            "a.toml:17: training: unknown key \"epoch\"; did you mean \"epochs\"? known keys: "
            "epochs, learning_rate, sigma, optimizer, metrics, shuffle");
  EXPECT_EQ(in_training("speed = 5"),
            "a.toml:17: training: unknown key \"speed\"; known keys: "
            "epochs, learning_rate, sigma, optimizer, metrics, shuffle");
  EXPECT_EQ(error_of("nam = 'x'\n" + kExample),
            "a.toml:1: unknown key \"nam\"; did you mean \"name\"? known keys: name, model, "
            "training");
}

TEST(ConfigErrors, NameAnUnknownTable) {
  EXPECT_EQ(error_of(example_with("[training]", "[trainig]")),
            "a.toml:16: unknown table \"trainig\"; did you mean \"training\"? known keys: name, "
            "model, training");
}

TEST(ConfigErrors, NameTheElementOfAnArray) {
  EXPECT_EQ(in_first_layer("filters = 8\nfilter = 8"),
            "a.toml:10: model.layer[1] \"enc1\": unknown key \"filter\"; did you mean \"filters\"? "
            "known keys: name, type, filters, kernel_size, padding, output_padding");
  EXPECT_EQ(in_second_layer("filters = true"),
            "a.toml:13: model.layer[2]: filters: expected an integer, at least 1; got true (a "
            "truth value)");
}

TEST(ConfigErrors, TellAMisspelledRequiredKeyFromAMissingOne) {
  EXPECT_EQ(in_second_layer("filter = 8"),
            "a.toml:13: model.layer[2]: unknown key \"filter\"; did you mean \"filters\"? "
            "known keys: name, type, filters, kernel_size, padding, output_padding");
  EXPECT_EQ(in_first_layer("# filters"),
            "a.toml:6: model.layer[1] \"enc1\": missing key \"filters\"; expected an integer, at "
            "least 1");
  EXPECT_EQ(error_of(example_with("type = \"Conv2D\"", "kind = \"Conv2D\"")),
            "a.toml:6: model.layer[1] \"enc1\": missing key \"type\"; expected a string, one of "
            "\"Conv2D\", \"Dense\"");
  EXPECT_EQ(
      error_of("name = 'no model'"),
      "a.toml: model: missing key \"input\"; expected a list of at most 4 integers, at least 0");
}

TEST(ConfigErrors, SayExpectedAndGotForAWrongType) {
  EXPECT_EQ(in_training("epochs = \"two\""),
            "a.toml:17: training.epochs: expected an integer, at least 1; got \"two\" (a string)");
  EXPECT_EQ(in_training("epochs = 1.0"),
            "a.toml:17: training.epochs: expected an integer, at least 1; got 1.0 (a number)");
  EXPECT_EQ(in_training("shuffle = 1"),
            "a.toml:17: training.shuffle: expected true or false; got 1 (an integer)");
  EXPECT_EQ(in_training("shuffle = 1979-05-27"),
            "a.toml:17: training.shuffle: expected true or false; got 1979-05-27 (a date or time)");
  EXPECT_EQ(in_training("learning_rate = nan"),
            "a.toml:17: training.learning_rate: expected a number, greater than 0; got nan (not a "
            "finite number)");
  EXPECT_EQ(in_training("optimizer = ['adam']"),
            "a.toml:17: training.optimizer: expected a string, one of \"adam\", \"sgd\"; got "
            "[\"adam\"] (a list)");
  EXPECT_EQ(in_first_layer("filters = 8\nkernel_size = [1, 2, 3]"),
            "a.toml:10: model.layer[1] \"enc1\": kernel_size: expected an integer or [height, "
            "width], at least 1; got [1, 2, 3] (a list)");
  EXPECT_EQ(in_first_layer("filters = 8\npadding = \"smae\""),
            "a.toml:10: model.layer[1] \"enc1\": padding: expected \"same\", \"valid\", a count of "
            "zeros or [[top, bottom], [left, right]]; got \"smae\" (a string)");
  EXPECT_EQ(in_first_layer("filters = 8\npadding = [[1, 1], [0, -1]]"),
            "a.toml:10: model.layer[1] \"enc1\": padding: expected \"same\", \"valid\", a count of "
            "zeros or [[top, bottom], [left, right]]; got [[1, 1], [0, -1]] (a list)");
  EXPECT_EQ(
      error_of("model.input = [1, 2, 3, 4, 5]"),
      "a.toml:1: model.input: expected a list of at most 4 integers, at least 0; got [1, 2, 3, 4, "
      "5] (a list)");
}

TEST(ConfigErrors, SayExpectedAndGotForAValueOutOfRange) {
  EXPECT_EQ(in_training("epochs = 0"),
            "a.toml:17: training.epochs: expected an integer, at least 1; got 0 (an integer)");
  EXPECT_EQ(in_training("learning_rate = 0"),
            "a.toml:17: training.learning_rate: expected a number, greater than 0; got 0 (an "
            "integer)");
  EXPECT_EQ(in_training("sigma = [0.5, 1.5]"),
            "a.toml:17: training.sigma: expected a number or a range [low, high], between 0 and 1; "
            "got [0.5, 1.5] (a list)");
  EXPECT_EQ(in_training("sigma = [0.5, 0.4]"),
            "a.toml:17: training.sigma: expected a number or a range [low, high], between 0 and 1; "
            "got [0.5, 0.4] (a list)");
  EXPECT_EQ(in_first_layer("filters = 8\noutput_padding = [0, -1]"),
            "a.toml:10: model.layer[1] \"enc1\": output_padding: expected an integer or [height, "
            "width], at least 0; got [0, -1] (a list)");
  EXPECT_EQ(
      error_of("[model]\ninput = [28, -1]"),
      "a.toml:2: model.input: expected a list of at most 4 integers, at least 0; got [28, -1] (a "
      "list)");
}

TEST(ConfigErrors, NameTheValueThatWasProbablyMeant) {
  EXPECT_EQ(in_training("optimizer = \"adma\""),
            "a.toml:17: training.optimizer: expected a string, one of \"adam\", \"sgd\"; got "
            "\"adma\" (a string); did you mean \"adam\"?");
  EXPECT_EQ(
      in_training("metrics = [\"mse\", \"PSNR\"]"),
      "a.toml:17: training.metrics: expected a list of strings, one of \"psnr\", \"mse\"; got "
      "[\"mse\", \"PSNR\"] (a list); did you mean \"psnr\"?");
  EXPECT_EQ(error_of(example_with("Conv2D", "conv2d")),
            "a.toml:8: model.layer[1] \"enc1\": type: expected a string, one of \"Conv2D\", "
            "\"Dense\"; got \"conv2d\" (a string); did you mean \"Conv2D\"?");
}

TEST(ConfigErrors, TellTablesFromValues) {
  EXPECT_EQ(error_of("training = 5\n" + example_with("[training]\nepochs = 5", "")),
            "a.toml:1: training: expected a table, [training]; got 5 (an integer)");
  EXPECT_EQ(error_of("[name]\nx = 1\n[model]\ninput = [1]"),
            "a.toml:1: name: expected a string; got a table");
  EXPECT_EQ(error_of("[model]\ninput = [1]\n[model.layer]\nname = 'x'"),
            "a.toml:3: model.layer: expected tables, [[model.layer]]; got a table");
  EXPECT_EQ(error_of("[model]\ninput = [1]\nlayer = [3]"),
            "a.toml:3: model.layer[1]: expected a table; got 3 (an integer)");
  EXPECT_EQ(error_of("[model]\ninput = [1]\n[[training]]\nepochs = 3"),
            "a.toml:3: training: expected a table, [training]; got [{ epochs = 3 }] (a list)");
}

TEST(ConfigErrors, AreReportedAllAtOnceInTheFilesOrder) {
  const std::string text = R"(nam = "x"
training.epochs = 0
training.speed = 3
[model]
input = [28, -1]
[[model.layer]]
name = "enc1"
type = "conv2d"
padding = "same"
[[model.layer]]
type = "Conv2D"
kernel_size = 0
)";
  EXPECT_EQ(
      error_of(text, {"training.sigma=2", "model.layer.9.filters=1"}),
      "a.toml: 9 mistakes:\n"
      "  --set model.layer.9.filters=1: model.layer has 2 elements and none that is called \"9\"; "
      "elements count from 1\n"
      "  --set training.sigma=2: training.sigma: expected a number or a range [low, high], between "
      "0 and 1; got 2 (an integer)\n"
      "  a.toml:1: unknown key \"nam\"; did you mean \"name\"? known keys: name, model, training\n"
      "  a.toml:2: training.epochs: expected an integer, at least 1; got 0 (an integer)\n"
      "  a.toml:3: training: unknown key \"speed\"; known keys: epochs, learning_rate, sigma, "
      "optimizer, metrics, shuffle\n"
      "  a.toml:5: model.input: expected a list of at most 4 integers, at least 0; got [28, -1] (a "
      "list)\n"
      // Nothing is said of its other keys: they depend on the type.
      "  a.toml:8: model.layer[1] \"enc1\": type: expected a string, one of \"Conv2D\", \"Dense\"; "
      "got \"conv2d\" (a string); did you mean \"Conv2D\"?\n"
      "  a.toml:10: model.layer[2]: missing key \"filters\"; expected an integer, at least 1\n"
      "  a.toml:12: model.layer[2]: kernel_size: expected an integer or [height, width], at least "
      "1; got 0 (an integer)");
}

TEST(ConfigErrors, KnowTheWordsOfOtherLibraries) {
  EXPECT_THAT(in_training("lr = 1"),
              HasSubstr("unknown key \"lr\"; did you mean \"learning_rate\"?"));
  EXPECT_THAT(in_first_layer("out_channels = 8"),
              HasSubstr("unknown key \"out_channels\"; did you mean \"filters\"?"));
  EXPECT_THAT(in_first_layer("filters = 8\npad = 1"), HasSubstr("did you mean \"padding\"?"));
  // A key of another table.
  EXPECT_THAT(error_of("early_stopping = true\n" + kExample),
              HasSubstr("unknown key \"early_stopping\"; it is training.patience here; known"));
  EXPECT_THAT(in_training("rotation = 15"), HasSubstr("it is augmentation.rotate90 here"));
}

TEST(ConfigErrors, ShortenALongValue) {
  EXPECT_EQ(in_training("epochs = \"" + std::string(58, 'x') + "\u00e9\u00e9\""),
            "a.toml:17: training.epochs: expected an integer, at least 1; got \"" +
                std::string(58, 'x') + "... (a string)");
}

TEST(ConfigErrors, GiveLineAndColumnOfASyntaxError) {
  EXPECT_EQ(in_training("epochs ="),
            "a.toml:17:9: error while parsing key-value pair: expected value, saw '\\n'");
  EXPECT_EQ(in_training("epochs = [1,"),
            "a.toml:17:14: error while parsing array: encountered end-of-file");
  EXPECT_EQ(in_training("epochs = 1\nepochs = 2"),
            "a.toml:18:10: error while parsing key-value pair: cannot redefine existing integer "
            "'epochs'");
}

TEST(ConfigErrors, CarryWhatTheSettingsReject) {
  EXPECT_EQ(in_second_layer("filters = 13"),
            "a.toml:13: model.layer[2]: filters: 13 brings bad luck; take 12");
  EXPECT_EQ(in_first_layer("filters = 14"),
            "a.toml:6: model.layer[1] \"enc1\": kernel_size: does not go with 14 filters");
}

TEST(ConfigErrors, NameAFileThatCannotBeRead) {
  ExampleConfig config;
  const auto message = [&](const std::string& path) -> std::string {
    try {
      read_config(path, {}, config);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message("no/such.toml"), "no/such.toml: cannot be opened: No such file or directory");
  const std::string folder = std::filesystem::temp_directory_path();
  EXPECT_EQ(message(folder), folder + ": is a folder; expected a TOML file");
}

}  // namespace
}  // namespace adjoint
