#include "tests/documentation/page.hpp"

#include <algorithm>
#include <regex>
#include <sstream>

namespace adjoint {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrompt = "$ ";
constexpr std::string_view kIndent = "    ";

bool is_blank(const std::string& line) {
  return line.find_first_not_of(" \t") == std::string::npos;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

bool is_shell(const CodeBlock& block) {
  if (!block.language.empty()) return block.language == "bash" || block.language == "sh";
  return std::ranges::any_of(block.lines, [](const std::string& line) {
    return line.starts_with(kPrompt) || runs_adjoint(line);
  });
}

}  // namespace

std::vector<fs::path> documentation_pages() {
  const fs::path docs = ADJOINT_DOCS;
  std::vector<fs::path> pages{docs.parent_path() / "README.md",
                              docs.parent_path() / "CONTRIBUTING.md"};
  for (const fs::directory_entry& entry : fs::directory_iterator(docs))
    if (entry.path().extension() == ".md") pages.push_back(entry.path());
  std::sort(pages.begin() + 2, pages.end());
  return pages;
}

bool runs_adjoint(const std::string& line) {
  static const std::regex pattern(R"((\$ )?((mpirun|docker|srun) .*)?adjoint .*)");
  return std::regex_match(line, pattern);
}

std::vector<CodeBlock> code_blocks(const std::string& page) {
  const std::vector<std::string> lines = lines_of(page);
  std::vector<CodeBlock> blocks;
  bool fenced = false, indented = false, after_blank = true;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string& line = lines[i];
    const int next = static_cast<int>(i) + 2;
    if (line.starts_with("```")) {
      fenced = !fenced;
      indented = false;
      if (fenced) blocks.push_back({.line = next, .language = line.substr(3), .lines = {}});
    } else if (fenced) {
      blocks.back().lines.push_back(line);
    } else if (is_blank(line)) {
      if (indented) blocks.back().lines.emplace_back();  // a block may go on behind blank lines
    } else if (line.starts_with(kIndent) && (indented || after_blank)) {
      if (!indented) blocks.push_back({.line = next - 1, .lines = {}});
      indented = true;
      blocks.back().lines.push_back(line.substr(kIndent.size()));
    } else {
      indented = false;
    }
    after_blank = is_blank(line);
  }
  return blocks;
}

std::vector<PageCommand> shell_commands(const CodeBlock& block) {
  std::vector<PageCommand> commands;
  if (!is_shell(block)) return commands;
  const auto has_prompt = [](const std::string& line) { return line.starts_with(kPrompt); };
  const bool session = std::ranges::any_of(block.lines, has_prompt);
  bool goes_on = false;
  for (std::size_t i = 0; i < block.lines.size(); ++i) {
    std::string line = block.lines[i];
    if (goes_on) {
      commands.back().text += "\n" + line;
      ++commands.back().lines;
    } else if (session && !has_prompt(line)) {
      if (!commands.empty()) commands.back().shown += line + "\n";
      continue;
    } else if (!is_blank(line)) {
      if (session) line.erase(0, kPrompt.size());
      commands.push_back({.line = block.line + static_cast<int>(i), .text = line, .shown = {}});
    }
    goes_on = line.ends_with('\\');
  }
  return commands;
}

}  // namespace adjoint
