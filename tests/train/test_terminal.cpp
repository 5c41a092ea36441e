// Progress on standard error: a bar on a terminal, plain lines elsewhere.

#include <regex>

#include "tests/train/program.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class TerminalOutput : public Program {
 protected:
  TerminalOutput() { folder_.write("plain.toml", kPlainConfig); }
  /// Long enough for the bar, which is drawn ten times a second.
  std::string err(bool terminal, std::map<std::string, std::string> environment = {}) const {
    environment.emplace("TERM", "xterm");
    return adjoint_ok({"train", "plain.toml", "--overwrite"},
                      {.environment = environment, .unset = {"NO_COLOR"}, .terminal = terminal})
        .err;
  }
};

TEST_F(TerminalOutput, IsPlainLinesInAFile) {
  EXPECT_THAT(err(false), AllOf(Not(HasSubstr("\033")), Not(HasSubstr("\r")), Not(HasSubstr("━")),
                                HasSubstr("epoch 1/2  loss "), HasSubstr("PSNR ")));
}

TEST_F(TerminalOutput, IsABarAndStyledLinesOnATerminal) {
  EXPECT_THAT(err(true),
              AllOf(HasSubstr("━"), HasSubstr("images/s"), HasSubstr("eta "), HasSubstr("\r\033[K"),
                    HasSubstr("\033[1m  PSNR "), HasSubstr("\033[2m  best\033[0m")));
}

TEST_F(TerminalOutput, HasNoStylesWithNoColor) {
  const std::string text = err(true, {{"NO_COLOR", "1"}});
  EXPECT_THAT(text, AllOf(HasSubstr("━"), HasSubstr("\033[K")));
  EXPECT_FALSE(std::regex_search(text, std::regex("\033\\[[0-9;]*m"))) << text;
}

TEST_F(TerminalOutput, TakesAnEmptyNoColorForNone) {
  EXPECT_THAT(err(true, {{"NO_COLOR", ""}}), HasSubstr("\033[1m"));
}

TEST_F(TerminalOutput, IsPlainLinesOnADumbTerminal) {
  EXPECT_THAT(err(true, {{"TERM", "dumb"}}), Not(HasSubstr("\033")));
}

}  // namespace
}  // namespace adjoint
