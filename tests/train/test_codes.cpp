#include "datasets/formats/npy.hpp"
#include "tests/train/program.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class Codes : public Program {
 protected:
  Codes() {
    save_untrained(folder_ / "model.h5", kPlainConfig);
    write_npy(folder_ / "in.npy", view(images_));
    adjoint_ok({"reconstruct", "model.h5", "in.npy", "-o", "expected.npy"});
  }
  const Tensor images_ = some_images({3, 15, 18, 1});
};

TEST_F(Codes, DecodeToTheReconstruction) {
  for (const std::string codes : {"codes.npy", "codes.h5", "codes.h5:/model/codes"}) {
    SCOPED_TRACE(codes);
    std::filesystem::remove(folder_ / "codes.h5");
    const ProgramRun run = adjoint_ok({"encode", "model.h5", "in.npy", "-o", codes});
    EXPECT_THAT(run.out, HasSubstr("3 codes of 8x9x4"));
    EXPECT_EQ(shape_of(array(codes)), (Shape{3, 8, 9, 4}));
    adjoint_ok({"decode", "model.h5", codes, "-o", "decoded.npy", "--size", "15x18"});
    EXPECT_EQ(shape_of(array("decoded.npy")), (Shape{3, 15, 18, 1}));
    EXPECT_EQ(values(array("decoded.npy")), values(array("expected.npy")));
  }
}

TEST_F(Codes, DecodeToTheLargestImageWithoutASize) {
  adjoint_ok({"encode", "model.h5", "in.npy"});
  EXPECT_EQ(json_of({"decode", "model.h5", "codes.npy", "-o", "decoded.h5:/images"}),
            (nlohmann::json{{"images", 3}, {"shape", {16, 18, 1}}, {"out", "decoded.h5:/images"}}));
  EXPECT_EQ(shape_of(array("decoded.h5:/images")), (Shape{3, 16, 18, 1}));
}

TEST_F(Codes, DecodeToAFolderOfImages) {
  EXPECT_EQ(json_of({"encode", "model.h5", "in.npy", "-o", "codes.npy"}),
            (nlohmann::json{{"images", 3}, {"code", {8, 9, 4}}, {"out", "codes.npy"}}));
  adjoint_ok({"decode", "model.h5", "codes.npy", "-o", "images"});
  EXPECT_TRUE(std::filesystem::exists(folder_ / "images/codes-00002.png"));
}

TEST_F(Codes, AreNoImages) {
  EXPECT_THAT(message({"encode", "model.h5", "in.npy", "-o", "folder"}, 2),
              AllOf(HasSubstr("8x9x4"), HasSubstr(".npy")));
}

TEST_F(Codes, HaveNoSizeButTheirOwn) {
  adjoint_ok({"encode", "model.h5", "in.npy"});
  for (const std::string size :
       {"0", "-3", "0x4", "4x", "x", "4x5x6", "four", "99999999999999999999"}) {
    EXPECT_THAT(message({"decode", "model.h5", "codes.npy", "--size=" + size}, 2),
                HasSubstr("--size " + size + ": expected HEIGHTxWIDTH"));
  }
  EXPECT_THAT(message({"decode", "model.h5", "codes.npy", "--size", "40"}, 2),
              HasSubstr("the size that --size names"));
}

TEST_F(Codes, NeedALatentLayer) {
  save_untrained(folder_ / "none.h5", with(kPlainConfig, "latent = \"enc1\"\n", ""));
  EXPECT_THAT(message({"encode", "none.h5", "in.npy"}, 2),
              AllOf(HasSubstr("no latent layer"), HasSubstr("latent = ")));
}

}  // namespace
}  // namespace adjoint
