// What docs/transposed-convolution.md shows is what `adjoint explain` prints and draws.

#include <algorithm>
#include <sstream>

#include "tests/train/program.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::stringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// Whether the lines of `part` are lines of `whole`, in that order.
bool holds_in_order(const std::vector<std::string>& whole, const std::vector<std::string>& part) {
  auto from = whole.begin();
  return std::ranges::all_of(part, [&](const std::string& line) {
    from = std::find(from, whole.end(), line);
    return from != whole.end() && (++from, true);
  });
}

TEST_F(Program, ExplainsWhatTheDocsShow) {
  const fs::path docs = ADJOINT_DOCS;
  const std::string command = "    adjoint explain ";
  std::vector<std::vector<std::string>> outputs;  // of the commands so far
  std::vector<std::string> block;
  bool inside = false;
  int commands = 0, pictures = 0, blocks = 0;
  for (const std::string& line : lines_of(contents(docs / "transposed-convolution.md"))) {
    SCOPED_TRACE(line);
    if (line.starts_with(command)) {
      std::vector<std::string> arguments;
      std::stringstream words(line.substr(4));
      words >> std::ws;
      for (std::string word; words >> word;) arguments.push_back(word);
      arguments.erase(arguments.begin());  // "adjoint"
      outputs.push_back(lines_of(adjoint_ok(arguments).out));
      ++commands;
      if (arguments[arguments.size() - 2] != "--svg") continue;
      const std::string picture = arguments.back();
      EXPECT_EQ(contents(folder_ / picture), contents(docs / picture))
          << "the picture has changed; draw it anew: " << line;
      ++pictures;
    } else if (line == "```text") {
      inside = true;
      block.clear();
    } else if (inside && line == "```") {
      inside = false;
      ++blocks;
      EXPECT_TRUE(std::ranges::any_of(outputs, [&](const std::vector<std::string>& output) {
        return holds_in_order(output, block);
      })) << "no command above prints the block that ends here";
    } else if (inside) {
      block.push_back(line);
    }
  }
  EXPECT_GT(commands, 5);
  EXPECT_GT(pictures, 2);
  EXPECT_GT(blocks, 8);
}

}  // namespace
}  // namespace adjoint
