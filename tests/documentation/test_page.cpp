// How commands are found in a page.

#include "tests/documentation/page.hpp"

#include <gmock/gmock.h>

namespace adjoint {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// "LINE TEXT" of each command of a page.
std::vector<std::string> commands_in(const std::string& page) {
  std::vector<std::string> found;
  for (const CodeBlock& block : code_blocks(page))
    for (const PageCommand& command : shell_commands(block))
      found.push_back(std::to_string(command.line) + " " + command.text);
  return found;
}

TEST(DocumentationPage, RunsEveryLineOfABlockThatRunsAdjoint) {
  EXPECT_THAT(commands_in("Text.\n\n    cd data\n\n    adjoint train a.toml # now\n\nText.\n"),
              ElementsAre("3 cd data", "5 adjoint train a.toml # now"));
}

TEST(DocumentationPage, RunsWhatStandsBehindAPrompt) {
  const std::string page = "# A\n\n    $ adjoint data list\n    adjoint: no\n    way\n\nB\n";
  EXPECT_THAT(commands_in(page), ElementsAre("3 adjoint data list"));
  EXPECT_EQ(shell_commands(code_blocks(page).at(0)).at(0).shown, "adjoint: no\nway\n\n");
}

TEST(DocumentationPage, JoinsLinesThatEndInABackslash) {
  EXPECT_THAT(commands_in("\n    mpirun -n 2 adjoint train \\\n        a.toml\n    ls\n"),
              ElementsAre("2 mpirun -n 2 adjoint train \\\n    a.toml", "4 ls"));
}

TEST(DocumentationPage, RunsFencedBashAndNoOtherLanguage) {
  EXPECT_THAT(commands_in("```bash\nls\n```\n```python\nadjoint = 3\n```\n"), ElementsAre("2 ls"));
}

TEST(DocumentationPage, LeavesOutTextAndOtherPrograms) {
  EXPECT_THAT(commands_in("a paragraph\n    adjoint goes on\n\n    cmake --install x\n"),
              IsEmpty());
}

}  // namespace
}  // namespace adjoint
