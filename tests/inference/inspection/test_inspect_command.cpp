#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "datasets/formats/image_file.hpp"
#include "framework/storage/checkpoint.hpp"
#include "framework/tensor/error.hpp"
#include "models/build_model.hpp"
#include "models/config/config_text.hpp"
#include "train/commands/commands.hpp"
#include "train/config.hpp"

namespace adjoint {
namespace {

using testing::HasSubstr;

constexpr const char* kConfig = R"(name = "small"
seed = 1
[data]
source = "synthetic"
size = 16
count = 40
[model]
input = [0, 0, 1]
latent = "enc"
[[model.layer]]
name = "enc"
type = "Conv2D"
filters = 4
kernel_size = 3
strides = 2
padding = "same"
[[model.layer]]
name = "dec"
type = "Conv2DTranspose"
filters = 1
kernel_size = 3
strides = 2
padding = "same"
)";

class InspectCommand : public testing::Test {
 protected:
  InspectCommand() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::temp_directory_path() /
              fmt::format("adjoint-inspect-{}-{}", test->name(), getpid());
    std::filesystem::create_directories(folder_);
    std::ofstream(path("small.toml")) << kConfig;
    const Config config = read_config_file(path("small.toml"), {});
    const Model model = build_model(config.model, 1);
    save_checkpoint(path("checkpoint.h5"), model,
                    {.config = kConfig,
                     .config_folder = folder_.string(),
                     .initial_weights = copy_weights(model)});
  }
  ~InspectCommand() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  /// The output of the command.
  static std::string run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "inspect");
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    testing::internal::CaptureStdout();
    std::string error;
    try {
      EXPECT_EQ(run_command(inspect_command(), static_cast<int>(argv.size()), argv.data(), alone()),
                0);
    } catch (const InputError& thrown) {
      error = thrown.what();
    }
    std::fflush(stdout);
    const std::string output = testing::internal::GetCapturedStdout();
    return error.empty() ? output : error;
  }

  std::filesystem::path folder_;
};

TEST_F(InspectCommand, WritesPicturesBesideTheCheckpoint) {
  EXPECT_THAT(run({path("checkpoint.h5")}), HasSubstr("enc and dec"));
  for (const char* file :
       {"kernel-enc-before.png", "kernel-enc-after.png", "kernel-dec-before.png",
        "kernel-dec-after.png", "pair-enc-dec-before.png", "pair-enc-dec-after.png",
        "frequency-enc-before.png", "frequency-dec-after.png"}) {
    EXPECT_GT(image_info(folder_ / "inspect" / file).width, 0) << file;
  }
}

TEST_F(InspectCommand, WritesAPageAndPrintsOneJsonDocument) {
  const std::string output = run(
      {path("checkpoint.h5"), "--json", "--out", path("pictures"), "--html", path("page.html")});
  const auto json = nlohmann::json::parse(output);
  EXPECT_EQ(json["name"], "small");
  EXPECT_EQ(json["input"], nlohmann::json::array({64, 64, 1}));
  EXPECT_EQ(json["pictures"].size(), 10U);
  const auto& pair = json["pairs"][0];
  EXPECT_GT(pair["after"]["cosine_of_subspaces"].size(), 0U);
  EXPECT_GT(pair["after"]["cosine_of_frequency_responses"], 0);
  EXPECT_LT(pair["distance_from_identity"]["after"], 1);
  EXPECT_GT(json["kernels"][0]["after"]["mean_frequency"], 0);
  EXPECT_EQ(json["kernels"][0]["after"]["dead"], 0);
  EXPECT_TRUE(std::filesystem::exists(path("page.html")));
  EXPECT_TRUE(std::filesystem::exists(path("pictures")));
}

TEST_F(InspectCommand, ShowsTheEpochsThatTheTrainingKept) {
  EXPECT_THAT(run({path("checkpoint.h5"), "--epochs"}),
              testing::AllOf(HasSubstr("there are none in"), HasSubstr("epochs"),
                             HasSubstr("--set training.keep_every=1")));
  EXPECT_THAT(run({path("small.toml"), "--epochs"}),
              HasSubstr("small.toml is a config; name a run"));
  const Config config = read_config_file(path("small.toml"), {});
  Model model = build_model(config.model, 1);
  const Checkpoint checkpoint{
      .config = kConfig, .config_folder = folder_.string(), .initial_weights = copy_weights(model)};
  std::filesystem::create_directory(path("epochs"));
  for (int epoch : {4, 8}) {
    save_checkpoint(path(fmt::format("epochs/epoch-{:04}.h5", epoch)), model, checkpoint);
    model.parameters()[0].value = model.parameters()[2].value;  // enc gets the kernel of dec
  }
  ASSERT_TRUE(model.parameters()[2].name == "dec/kernel");
  const std::string html = path("epochs.html");
  const auto json =
      nlohmann::json::parse(run({path("checkpoint.h5"), "--epochs", "--json", "--html", html}));
  const auto& epochs = json["pairs"][0]["epochs"];
  ASSERT_EQ(epochs.size(), 2U);
  EXPECT_EQ(epochs[0]["epoch"], 4);
  EXPECT_EQ(epochs[0]["cosine"], json["pairs"][0]["before"]["cosine"]);
  EXPECT_EQ(epochs[0]["distance_from_identity"],
            json["pairs"][0]["distance_from_identity"]["before"]);
  EXPECT_EQ(epochs[1]["epoch"], 8);
  EXPECT_NEAR(epochs[1]["cosine"], 1, 1e-6);
  EXPECT_THAT(run({path("checkpoint.h5"), "--epochs"}), HasSubstr("during training"));
  EXPECT_THAT(run({path("checkpoint.h5")}), testing::Not(HasSubstr("during training")));
  std::ifstream page(html);
  const std::string text((std::istreambuf_iterator<char>(page)), std::istreambuf_iterator<char>());
  EXPECT_THAT(text, HasSubstr("\"title\":\"distance from identity\""));
}

TEST_F(InspectCommand, TakesAConfigAndASize) {
  const std::string output = run({path("small.toml"), "--input", "32x20"});
  EXPECT_THAT(output, HasSubstr("For one image of 32x20x1."));
  EXPECT_THAT(output, HasSubstr("not trained"));
  EXPECT_FALSE(std::filesystem::exists(path("inspect")));
}

TEST_F(InspectCommand, ShowsWhatEachLayerMakesOfAnImage) {
  Tensor colour = make_tensor({300, 20, 3}, Real(0.5));
  write_image(path("image.png"), view(colour));
  const std::string output = run({path("checkpoint.h5"), "--activations", path("image.png"),
                                  "--html", path("page.html"), "--json"});
  const auto json = nlohmann::json::parse(output);
  EXPECT_EQ(json["image"], "image");
  EXPECT_EQ(json["size"], nlohmann::json::array({300, 20, 3}));
  EXPECT_EQ(json["input"], nlohmann::json::array({256, 20, 1}));  // a gray model
  EXPECT_EQ(json["layers"][1]["layer"], "enc");
  EXPECT_EQ(json["layers"][1]["output"], nlohmann::json::array({128, 10, 4}));
  EXPECT_EQ(json["pictures"].size(), 3U);
  EXPECT_GT(image_info(folder_ / "inspect/activation-01-enc.png").width, 0);
  EXPECT_TRUE(std::filesystem::exists(path("page.html")));
  EXPECT_THAT(run({path("checkpoint.h5"), "--activations", path("image.png"), "--input", "8x8"}),
              HasSubstr("8x8 pixels of its middle (of 300x20)"));
  EXPECT_THAT(run({path("checkpoint.h5"), path("image.png")}),
              HasSubstr("--latent or --activations"));
  EXPECT_THAT(run({path("small.toml"), "--activations", path("image.png")}),
              HasSubstr("small.toml"));
}

TEST_F(InspectCommand, ShowsThePlanOfATrainingStep) {
  const auto json =
      nlohmann::json::parse(run({path("small.toml"), "--plan", "--input", "16x24", "--json"}));
  EXPECT_EQ(json["input"], nlohmann::json::array({16, 24, 1}));
  EXPECT_EQ(json["batch"], 32);  // the default
  EXPECT_EQ(json["shard"], 2);
  // Three products a layer, each of 8x12 positions, 3x3 taps, 1 x 4 channels.
  EXPECT_EQ(json["multiply_adds"], 2 * 3 * 8 * 12 * 9 * 4);
  std::vector<std::string> steps;
  for (const auto& row : json["instructions"]) {
    steps.push_back(fmt::format("{} {} [{}] {}", std::string(row["instruction"]),
                                std::string(row["layer"]), std::string(row["engines"]),
                                std::string(row["fused"])));
  }
  EXPECT_THAT(steps,
              testing::ElementsAre(
                  "forward enc [forward: thin] bias", "forward dec [backward_data: thin] bias",
                  "loss  [] its gradient",
                  "backward dec [forward: thin, backward_kernel: thin] bias gradient",
                  "backward enc [backward_kernel: thin] bias gradient"));  // none for the images
  for (const auto& a : json["buffers"]) {
    EXPECT_LE(a["offset"].get<int>() + a["bytes"].get<int>(), json["arena_bytes"]);
    for (const auto& b : json["buffers"]) {
      const bool together = a["first"] <= b["last"] && b["first"] <= a["last"];
      if (a["name"] == b["name"] || !together || a["offset"] > b["offset"]) continue;
      EXPECT_LE(a["offset"].get<int>() + a["bytes"].get<int>(), b["offset"]);
    }
  }
}

TEST_F(InspectCommand, ShowsThePlanOfACheckpointAsText) {
  const std::string text = run({path("checkpoint.h5"), "--plan"});
  EXPECT_THAT(text, HasSubstr("small: a training step of 32 images of 16x16x1"));
  EXPECT_THAT(text, HasSubstr("alive at once"));
}

TEST_F(InspectCommand, PlansForTheImagesThatTrainingSees) {
  const auto planned = [&](const std::string& more) {
    std::ofstream(path("other.toml")) << more;
    return nlohmann::json::parse(run({path("other.toml"), "--plan", "--json"}));
  };
  const std::string text = kConfig;
  const auto cropped = planned(text + "[augmentation]\nrandom_crop = [8, 12]\n");
  EXPECT_EQ(cropped["input"], nlohmann::json::array({8, 12, 1}));
  // No batch has more images than there are: 20, of which 2 are held out.
  std::string few = text;
  few.replace(few.find("count = 40"), 10, "count = 20");
  EXPECT_EQ(planned(few)["batch"], 18);
  // Without the data, an example.
  std::string absent = text;
  absent.replace(absent.find("source"), absent.find("[model]") - absent.find("source"),
                 "source = \"npy\"\npath = \"none.npy\"\n");
  EXPECT_EQ(planned(absent)["input"], nlohmann::json::array({64, 64, 1}));
}

TEST_F(InspectCommand, ShowsTheCodesOfImages) {
  std::filesystem::create_directories(path("images"));
  for (int i = 0; i < 3; ++i) {
    const Tensor image = make_tensor({8, 10, 1}, static_cast<Real>(i) / 4);
    write_image(path(fmt::format("images/{}.png", i)), view(image));
  }
  const auto json = nlohmann::json::parse(
      run({path("checkpoint.h5"), "--latent", path("images"), "--out", path("codes"), "--json"}));
  EXPECT_EQ(json["images"], 3);
  EXPECT_EQ(json["code"], nlohmann::json::array({4, 5, 4}));
  EXPECT_EQ(json["points"][2]["name"], "2");
  EXPECT_EQ(json["neighbours"][0]["nearest"][0]["name"], "1");
  EXPECT_EQ(json["pictures"].size(), 3U);
  for (const char* file : {"codes/latent.svg", "codes/latent.png", "codes/neighbours.png"})
    EXPECT_TRUE(std::filesystem::exists(path(file))) << file;
  EXPECT_THAT(run({path("checkpoint.h5"), path("images")}), HasSubstr("with --latent"));
  const Tensor large = make_tensor({9, 9, 1}, Real{1});
  write_image(path("images/3.png"), view(large));
  EXPECT_THAT(run({path("checkpoint.h5"), "--latent", path("images")}),
              HasSubstr("\"3\" is 9x9x1, and the ones before are 8x10x1"));
}

TEST_F(InspectCommand, ShowsTheCodesOfTheValidationData) {
  const std::string held_out =
      std::string(kConfig).insert(std::string(kConfig).find("[model]"), "validation = 0.1\n");
  const Config config = [&] {
    Config parsed;
    parse_config(held_out, "small.toml", {}, parsed);
    return parsed;
  }();
  save_checkpoint(path("held-out.h5"), build_model(config.model, 1),
                  {.config = write_config(config), .config_folder = folder_.string()});
  const auto json = nlohmann::json::parse(run({path("held-out.h5"), "--latent", "--json"}));
  EXPECT_EQ(json["images"], 4);
  EXPECT_EQ(json["code"], nlohmann::json::array({8, 8, 4}));
  EXPECT_TRUE(std::filesystem::exists(path("inspect/latent.svg")));
  EXPECT_THAT(run({path("held-out.h5"), "--latent"}), HasSubstr("of 4 hold 90%"));
}

TEST_F(InspectCommand, SaysWhatASizeLooksLike) {
  for (const char* bad : {"32x", "x32", "0x8", "-4x8", "8x8x1"}) {
    EXPECT_THAT(run({path("small.toml"), fmt::format("--input={}", bad)}),
                HasSubstr("expected HEIGHTxWIDTH"))
        << bad;
  }
}

TEST_F(InspectCommand, RefusesWhatIsNoCheckpoint) {
  std::ofstream(path("broken.h5")) << "not HDF5";
  EXPECT_THAT(run({path("broken.h5")}), HasSubstr("broken.h5"));
  EXPECT_THAT(run({path("missing.h5")}), HasSubstr("missing.h5"));
}

}  // namespace
}  // namespace adjoint
