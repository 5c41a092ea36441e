#include "models/formats/model_format.hpp"
#include "tests/train/program.hpp"

namespace adjoint {
namespace {

using testing::HasSubstr;

/// BatchNormalization, Dropout and a normalization of the pixels.
const std::string kModel = with(kRandomConfig, "[[corruption]]",
                                "[data.normalization]\nkind = \"standardize\"\n[[corruption]]");

class ForeignModels : public Program {
 protected:
  void SetUp() override {
    folder_.write("model.toml", kModel);
    adjoint_ok({"train", "model.toml", "--out", "run"});
    const Tensor images = some_images({3, 16, 16, 1});
    write_array(ArrayPlace::parse((folder_ / "images.npy").string()), view(images));
  }
};

TEST_F(ForeignModels, AreExportedAndThenTakenInPlaceOfACheckpoint) {
  // Without the normalization, which these files do not hold.
  folder_.write("plain.toml", kRandomConfig);
  adjoint_ok({"train", "plain.toml", "--out", "plain"});
  adjoint_ok({"reconstruct", "plain", "images.npy", "-o", "expected.npy"});
  const Tensor expected = array("expected.npy");
  EXPECT_THAT(message({"export", "plain", "--format", "keras", "--normalize"}, 2),
              HasSubstr("a file of the format keras has no place for a normalization"));
  for (const std::string format : {"keras", "keras-h5", "onnx"}) {
    const std::string file = "m" + std::string(model_format(format).extension);
    EXPECT_THAT(adjoint_ok({"export", "plain", "--format", format, "-o", file}).out,
                HasSubstr("read back, an image of 64x64x1 differs by at most"));
    adjoint_ok({"reconstruct", file, "images.npy", "-o", format + ".npy"});
    EXPECT_EQ(array(format + ".npy"), expected) << format;
    // What another program trained it for is not known.
    EXPECT_THAT(adjoint_ok({"denoise", file, "images.npy", "-o", "x.npy"}).err,
                Not(HasSubstr("not to denoise")));
    EXPECT_THAT(adjoint_ok({"inspect", file}).out, HasSubstr("Conv2DTranspose"));
  }
}

TEST_F(ForeignModels, BecomeARunThatTrainsOn) {
  adjoint_ok({"export", "run", "--format", "keras", "-o", "m.keras"});
  EXPECT_THAT(adjoint_ok({"import", "m.keras", "-o", "imported", "--set", "model.latent=enc1"}).out,
              HasSubstr("tiny: 4 layers, 93 parameters"));
  adjoint_ok({"encode", "imported", "images.npy", "-o", "codes.npy"});
  EXPECT_EQ(shape_of(array("codes.npy")), (Shape{3, 8, 8, 4}));
  EXPECT_THAT(message({"import", "m.keras", "-o", "imported"}, 2),
              HasSubstr("already holds a run"));
  const auto tuned = json_of({"train", "model.toml", "--from", "m.keras", "--out", "tuned"});
  EXPECT_EQ(tuned["from"]["left"].size(), 0u);
  EXPECT_EQ(tuned["from"]["taken"].size(), 8u);
}

TEST_F(ForeignModels, GiveTheirWeightsAloneToAConfig) {
  folder_.write("plain.toml", kRandomConfig);
  adjoint_ok({"train", "plain.toml", "--out", "plain"});
  adjoint_ok({"reconstruct", "plain", "images.npy", "-o", "expected.npy"});
  for (const std::string format : {"weights-h5", "npz", "h5", "pytorch"}) {
    adjoint_ok({"export", "plain", "--format", format, "-o", format});
    adjoint_ok({"import", format, "--config", "plain.toml", "-o", "from-" + format});
    adjoint_ok({"reconstruct", "from-" + format, "images.npy", "-o", format + ".npy"});
    EXPECT_EQ(array(format + ".npy"), array("expected.npy")) << format;
    if (format == "pytorch") continue;  // a folder, in which a run is looked for
    EXPECT_THAT(message({"reconstruct", format, "images.npy", "-o", "x.npy"}, 2),
                HasSubstr("--config model.toml"));
  }
}

TEST_F(ForeignModels, TakeTheNormalizationAlong) {
  EXPECT_THAT(adjoint_ok({"export", "run", "--format", "onnx", "-o", "without.onnx"}).out,
              HasSubstr("note: the model was trained on normalized images"));
  adjoint_ok({"export", "run", "--format", "onnx", "--normalize", "-o", "with.onnx"});
  adjoint_ok({"reconstruct", "run", "images.npy", "-o", "expected.npy"});
  adjoint_ok({"reconstruct", "with.onnx", "images.npy", "-o", "with.npy"});
  const Tensor expected = array("expected.npy"), got = array("with.npy");
  for (std::size_t i = 0; i < expected.size(); ++i)
    ASSERT_NEAR(got.data()[i], expected.data()[i], 1e-5);
  EXPECT_THAT(message({"export", "run", "--format", "keras", "--normalize", "-o", "x.keras"}, 2),
              HasSubstr("a file of the format keras has no place for a normalization"));
}

TEST_F(ForeignModels, AreRefusedWithTheRemedy) {
  EXPECT_THAT(message({"export", "run", "--format", "kers"}, 2),
              HasSubstr("there is no format \"kers\"; did you mean \"keras\"?"));
  folder_.write("no.keras", "PK\3\4 and nothing else");
  EXPECT_THAT(message({"denoise", "no.keras", "images.npy", "-o", "x.npy"}, 2),
              HasSubstr("no.keras"));
  folder_.write("text.onnx", "some text");
  EXPECT_THAT(message({"import", "text.onnx", "-o", "x"}, 2), HasSubstr("text.onnx"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "x"));
  EXPECT_THAT(message({"import", "gone.keras", "-o", "x"}, 2),
              HasSubstr("there is no model at gone.keras"));
}

}  // namespace
}  // namespace adjoint
