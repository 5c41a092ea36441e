#include <fmt/format.h>

#include "datasets/corruption.hpp"
#include "datasets/formats/image_format.hpp"
#include "datasets/sources/source_table.hpp"
#include "framework/losses/loss_settings.hpp"
#include "framework/optimizers/optimizer_settings.hpp"
#include "models/layer_table.hpp"
#include "models/presets/preset_table.hpp"
#include "tests/train/program.hpp"
#include "train/commands/commands.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST_F(Program, PrintsTheReferenceThatTheDocsHold) {
  const std::string page = adjoint_ok({"reference"}).out;
  EXPECT_THAT(page, AllOf(HasSubstr("| `learning_rate` | a number"),
                          HasSubstr("### [[model.layer]], `type = \"Conv2DTranspose\"`"),
                          HasSubstr("`tied_to`")));
  EXPECT_EQ(page, contents(std::filesystem::path(ADJOINT_DOCS) / "reference.md"))
      << "the keys have changed; write the page anew: adjoint reference > docs/reference.md";
}

TEST_F(Program, PrintsTheCommandsThatTheDocsHold) {
  const std::string page = adjoint_ok({"reference", "--commands"}).out;
  EXPECT_THAT(page, AllOf(HasSubstr("## data make"), HasSubstr("| `-o, --out OUT` |"),
                          HasSubstr("| `checkpoint` |")));
  EXPECT_EQ(page, contents(std::filesystem::path(ADJOINT_DOCS) / "commands.md"))
      << "commands have changed; write the page anew: adjoint reference --commands > "
         "docs/commands.md";
}

template <class Family>
void expect_names_of(const std::string& text) {
  for (const std::string& name : kind_names<Family>())
    EXPECT_THAT(text + "\n", testing::ContainsRegex("[^a-zA-Z_]" + name + "[^a-zA-Z_]"));
}

TEST(Readme, NamesEveryKind) {
  const std::string page =
      contents(std::filesystem::path(ADJOINT_DOCS).parent_path() / "README.md");
  const auto part = [&](const std::string& from, const std::string& to) {
    const std::size_t first = page.find(from);
    const std::size_t last = page.find(to, first);
    EXPECT_NE(last, std::string::npos) << from << " ... " << to;
    return last == std::string::npos ? "" : page.substr(first, last - first);
  };
  expect_names_of<LayerFamily>(part("**Layers**", "**Losses**"));
  expect_names_of<PresetFamily>(part("**Presets**", "**Layers**"));
  expect_names_of<LossFamily>(part("**Losses**", "**Optimizers**"));
  expect_names_of<OptimizerFamily>(part("**Optimizers**", "**Corruptions**"));
  expect_names_of<CorruptionFamily>(part("**Corruptions**", "\n\n"));
  expect_names_of<SourceFamily>(part("source = ", "\n"));
  const std::string inputs = part("Inputs are", "\n");
  for (const ImageFormat& format : image_formats())
    EXPECT_THAT(inputs, HasSubstr(std::string(format.name)));
  EXPECT_THAT(page, HasSubstr(fmt::format("of the {} layer types", LayerFamily::kinds().size())));
  const std::string commands = part("| command |", "\n\n");
  for (const Command& command : all_commands())  // "data make" stands as "data"
    EXPECT_THAT(commands, HasSubstr("`" + command.name.substr(0, command.name.find(' ')) + "`"));
}

TEST_F(Program, CompletesForShells) {
  const std::string script = adjoint_ok({"completion", "bash"}).out;
  folder_.write("completion.bash", script);
  // The words that a shell offers for "adjoint d" and "adjoint train --res".
  const std::string program = ADJOINT_PROGRAM;
  const std::string bin = program.substr(0, program.rfind('/'));
  const auto offered = [&](const std::string& words, int place) {
    return run_program({"/bin/bash", "-c",
                        "PATH=" + bin + ":$PATH; . ./completion.bash; COMP_WORDS=(" + words +
                            "); COMP_CWORD=" + std::to_string(place) +
                            "; _adjoint; echo \"${COMPREPLY[*]}\""},
                       {.folder = folder_.path()})
        .out;
  };
  EXPECT_THAT(offered("adjoint de", 1), AllOf(HasSubstr("denoise"), HasSubstr("detect")));
  EXPECT_EQ(offered("adjoint train --res", 2), "--resume\n");
  EXPECT_THAT(message({"completion", "tcsh"}, 2), AllOf(HasSubstr("tcsh"), HasSubstr("fish")));
}

}  // namespace
}  // namespace adjoint
