// Help, and what goes to standard output.

#include <iterator>
#include <sstream>

#include "datasets/formats/npy.hpp"
#include "framework/conv/engine.hpp"
#include "framework/conv/instruction_sets.hpp"
#include "tests/train/program.hpp"
#include "train/commands/commands.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Output : public Program {};

TEST_F(Output, OfHelpShowsEveryCommandAndAnExampleOfEach) {
  const std::string help = adjoint_ok({"--help"}).out;
  for (const Command& command : all_commands()) {
    SCOPED_TRACE(command.name);
    EXPECT_THAT(help, HasSubstr("  " + command.name + " "));
    EXPECT_THAT(help, HasSubstr(command.summary));
    std::istringstream words(command.name + " --help");
    const ProgramRun run = adjoint_ok(
        {std::istream_iterator<std::string>(words), std::istream_iterator<std::string>()});
    EXPECT_THAT(run.out, AllOf(HasSubstr("Example:\n  adjoint " + command.name),
                               HasSubstr(command.doc.substr(0, 20)), HasSubstr("--json")));
    EXPECT_EQ(run.err, "");
    // Help adds the value to fall back to.
    for (const Option& option : command.options) {
      if (!option.fallback.empty()) {
        EXPECT_THAT(option.doc, Not(HasSubstr("(default:")));
      }
    }
  }
}

TEST_F(Output, OfVersionSaysWhatIsRunning) {
  const std::string text = adjoint_ok({"--version"}).out;
  EXPECT_TRUE(text.starts_with("adjoint 0."));
  for (const std::string& engine : engine_names()) EXPECT_THAT(text, HasSubstr(engine));
  EXPECT_THAT(text, HasSubstr("instructions  " + instruction_sets() + " ("));
  // Each library with a number: "HDF5 1.10.8".
  for (const std::string library :
       {"OpenBLAS ", "HDF5 ", "libpng ", "libjpeg turbo ", "libtiff ", "libzip ", "zlib "})
    EXPECT_THAT(text, testing::ContainsRegex(library + "[0-9]+[.][0-9]+[.]")) << library;
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
