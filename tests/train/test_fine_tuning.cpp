#include "tests/train/program.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class FineTuning : public Program {
 protected:
  void SetUp() override { folder_.write("plain.toml", kPlainConfig); }
};

TEST_F(FineTuning, TakesTheWeightsThatFit) {
  adjoint_ok({"train", "plain.toml", "--out", "first"});
  // Another decoder, and a layer more.
  std::string text = with(kPlainConfig, "name = \"dec1\"\ntype = \"Conv2DTranspose\"\nfilters = 1",
                          "name = \"dec1\"\ntype = \"Conv2DTranspose\"\nfilters = 3");
  text = with(
      text, "[optimizer]",
      "[[model.layer]]\nname = \"out\"\ntype = \"Conv2D\"\nfilters = 1\nkernel_size = 3\npadding = "
      "\"same\"\n[optimizer]");
  folder_.write("other.toml", text);
  const ProgramRun run =
      adjoint_ok({"train", "other.toml", "--out", "second", "--from", "first/best.h5", "--set",
                  "training.epochs=1", "--set", "optimizer.learning_rate=0", "--json"});
  const nlohmann::json from = nlohmann::json::parse(run.out).at("from");
  EXPECT_EQ(from.at("taken"), (std::vector<std::string>{"enc1/kernel:0", "enc1/bias:0"}));
  EXPECT_EQ(from.at("left"), (std::vector<std::string>{"dec1/kernel:0", "dec1/bias:0",
                                                       "out/kernel:0", "out/bias:0"}));
  EXPECT_THAT(run.err, AllOf(HasSubstr("2 weights taken: enc1/kernel:0, enc1/bias:0"),
                             HasSubstr("initialized anew"), HasSubstr("out/kernel:0")));
  const auto kernel = [&](const std::string& file, const std::string& layer) {
    return bytes_of(Hdf5File::open((folder_ / file).string())
                        .read("model_weights/" + layer + "/" + layer + "/kernel:0"));
  };
  EXPECT_EQ(kernel("second/checkpoint.h5", "enc1"), kernel("first/best.h5", "enc1"));
}

TEST_F(FineTuning, SaysWhatIsOfNoUse) {
  adjoint_ok({"train", "plain.toml", "--out", "first", "--set", "training.epochs=1"});
  folder_.write("renamed.toml", with(with(kPlainConfig, "name = \"enc1\"", "name = \"down\""),
                                     "latent = \"enc1\"", "latent = \"down\""));
  const nlohmann::json from = json_of({"train", "renamed.toml", "--out", "second", "--from",
                                       "first/best.h5", "--set", "training.epochs=1"})
                                  .at("from");
  EXPECT_EQ(from.at("taken").size(), 2);  // dec1's
  EXPECT_EQ(from.at("ignored"), (std::vector<std::string>{"enc1/kernel:0", "enc1/bias:0"}));
}

TEST_F(FineTuning, RefusesWhereNothingFits) {
  adjoint_ok({"train", "plain.toml", "--out", "first", "--set", "training.epochs=1"});
  folder_.write("wide.toml",
                with(kPlainConfig, "filters = 4\nkernel_size = 3", "filters = 6\nkernel_size = 5"));
  const std::string text = message({"train", "wide.toml", "--out", "second", "--from",
                                    "first/best.h5", "--set", "model.layer.dec1.use_bias=false"},
                                   2);
  EXPECT_THAT(text, AllOf(HasSubstr("first/best.h5"), HasSubstr("none of its weights"),
                          HasSubstr("enc1/kernel:0")));
  EXPECT_THAT(message({"train", "plain.toml", "--out", "first", "--resume", "--from", "x.h5"}, 2),
              HasSubstr("exclude each other"));
}

}  // namespace
}  // namespace adjoint
