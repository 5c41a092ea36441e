// Help, and what goes to standard output.

#include <cctype>

#include "datasets/formats/npy.hpp"
#include "tests/train/program.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Output : public Program {};

TEST_F(Output, OfHelpShowsEveryCommandAndAnExampleOfEach) {
  const std::string help = adjoint_ok({"--help"}).out;
  for (const std::string command :
       {"train", "evaluate", "denoise", "upscale", "reconstruct", "encode", "decode", "sample",
        "interpolate", "detect", "inspect", "explain"}) {
    SCOPED_TRACE(command);
    EXPECT_THAT(help, HasSubstr("  " + command + " "));
    const ProgramRun run = adjoint_ok({command, "--help"});
    EXPECT_THAT(run.out, AllOf(HasSubstr("Example:\n  adjoint " + command + " "),
                               HasSubstr("adjoint " + command), HasSubstr("--json")));
    EXPECT_EQ(run.err, "");
  }
}

TEST_F(Output, OfHelpNamesADefaultOnce) {
  for (const std::string command :
       {"train", "evaluate", "denoise", "upscale", "reconstruct", "encode", "decode", "sample",
        "interpolate", "detect", "inspect", "explain", "completion", "reference"}) {
    SCOPED_TRACE(command);
    std::string help;
    for (const char c : adjoint_ok({command, "--help"}).out)
      if (!std::isspace(static_cast<unsigned char>(c))) help += c;
    EXPECT_THAT(help, Not(HasSubstr(")(default:")));
  }
}

TEST_F(Output, HoldsResultsAloneAndErrorsGoElsewhere) {
  save_untrained(folder_ / "model.h5", kPlainConfig);
  const Tensor images = some_images({2, 8, 8, 1});
  write_npy(folder_ / "in.npy", view(images));
  const ProgramRun run = adjoint_ok({"reconstruct", "model.h5", "in.npy", "-o", "out.npy"});
  EXPECT_EQ(run.out, "2 images reconstructed: out.npy\n");
  EXPECT_EQ(run.err, "");
  EXPECT_EQ(adjoint({"reconstruct", "model.h5", "none.npy"}).out, "");
}

TEST_F(Output, SaysWhenAModelWasNotTrainedToClean) {
  save_untrained(folder_ / "model.h5",
                 with(kPlainConfig, "[[corruption]]\nkind = \"gaussian\"\nsigma = 0.2\n", ""));
  const Tensor images = some_images({2, 8, 8, 1});
  write_npy(folder_ / "in.npy", view(images));
  EXPECT_THAT(adjoint_ok({"denoise", "model.h5", "in.npy"}).err, HasSubstr("note: "));
  EXPECT_EQ(adjoint_ok({"reconstruct", "model.h5", "in.npy"}).err, "");
}

TEST_F(Output, IsOneJsonDocumentWhereAsked) {
  save_untrained(folder_ / "model.h5", kPlainConfig);
  const Tensor images = some_images({2, 8, 8, 1});
  write_npy(folder_ / "in.npy", view(images));
  const nlohmann::json plain = json_of({"reconstruct", "model.h5", "in.npy", "-o", "out.npy"});
  EXPECT_EQ(plain, (nlohmann::json{{"images", 2}, {"out", "out.npy"}}));
  const nlohmann::json noisy = json_of(
      {"denoise", "model.h5", "in.npy", "-o", "out.npy", "--noise", "0.1", "--grid", "grid.png"});
  for (const char* key : {"images", "out", "input_psnr", "psnr", "grid"})
    EXPECT_TRUE(noisy.contains(key)) << key;
  const nlohmann::json evaluated = json_of({"evaluate", "model.h5", "in.npy"});
  for (const char* key : {"images", "mse", "psnr", "input_psnr"})
    EXPECT_TRUE(evaluated.contains(key)) << key;
  EXPECT_TRUE(json_of({"explain", "conv"}).is_object());
}

}  // namespace
}  // namespace adjoint
