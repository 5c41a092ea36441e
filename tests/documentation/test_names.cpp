// The pages of the documentation name commands, options and configs that exist.

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>

#include "tests/datasets/files.hpp"
#include "tests/documentation/page.hpp"
#include "train/commands/commands.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

/// What follows "adjoint" in the lines and spans of code of a page, comments left out.
std::vector<std::string> command_lines(const std::string& page) {
  static const std::regex line(R"((?:^|\n)(?: {4}|\t)(?:[^\n`#]*\s)?(?:\$ )?adjoint ([^\n#`]*))");
  static const std::regex span(R"(`(?:mpirun [^`]* )?adjoint ([^`]*)`)");
  std::vector<std::string> lines;
  for (const std::regex& pattern : {line, span}) {
    for (std::sregex_iterator match(page.begin(), page.end(), pattern), end; match != end; ++match)
      std::ranges::replace(lines.emplace_back((*match)[1]), '\n', ' ');  // a span may be wrapped
  }
  return lines;
}

/// The command whose name a line begins with; null if there is none.
const Command* command_of(const std::string& line, const std::vector<Command>& commands) {
  const Command* found = nullptr;
  for (const Command& command : commands) {
    const bool fits = line == command.name || line.starts_with(command.name + " ");
    if (fits && (!found || command.name.size() > found->name.size())) found = &command;
  }
  return found;
}

std::set<std::string> options_of(const Command& command) {
  std::set<std::string> names{"help"};
  for (const Option& option : command.options) {
    std::stringstream list(option.names);
    for (std::string name; std::getline(list, name, ',');) names.insert(name);
  }
  return names;
}

TEST(Documentation, NamesCommandsAndOptionsThatExist) {
  const std::vector<Command> commands = all_commands();
  static const std::regex option(R"((?:^|\s)--([a-z][a-z-]*))");
  int checked = 0;
  for (const fs::path& page : documentation_pages()) {
    for (const std::string& line : command_lines(contents(page))) {
      SCOPED_TRACE(page.filename().string() + ": adjoint " + line);
      if (line.starts_with("--")) continue;  // --version, --help
      const Command* command = command_of(line, commands);
      if (!command) {
        // "adjoint data" and placeholders in capitals stand for several.
        EXPECT_TRUE(line == "data" || std::isupper(static_cast<unsigned char>(line[0])))
            << "there is no such command";
        continue;
      }
      const std::set<std::string> known = options_of(*command);
      for (std::sregex_iterator match(line.begin(), line.end(), option), end; match != end; ++match)
        EXPECT_TRUE(known.contains((*match)[1])) << "--" << (*match)[1] << " is no option of it";
      ++checked;
    }
  }
  EXPECT_GT(checked, 150);
}

TEST(Documentation, NamesConfigsThatExist) {
  static const std::regex config(R"(configs/([a-z0-9-]+\.toml))");
  std::set<std::string> named;
  for (const fs::path& page : documentation_pages()) {
    const std::string text = contents(page);
    for (std::sregex_iterator match(text.begin(), text.end(), config), end; match != end; ++match)
      named.insert((*match)[1]);
  }
  EXPECT_GT(named.size(), 20U);
  for (const std::string& name : named)
    EXPECT_TRUE(fs::exists(fs::path(ADJOINT_DOCS).parent_path() / "configs" / name)) << name;
}

/// So that the commands at the heads of the configs are run as well: those of the gallery are.
TEST(Documentation, GalleryHasTheCommandsOfTheConfigs) {
  const fs::path docs = ADJOINT_DOCS;
  const std::string gallery = contents(docs / "gallery.md");
  for (const fs::directory_entry& config : fs::directory_iterator(docs.parent_path() / "configs")) {
    std::istringstream text(contents(config.path()));
    std::string commands;
    for (std::string line; std::getline(text, line) && !line.empty();)
      if (line.starts_with("#     ")) commands += line.substr(2) + "\n";
    EXPECT_THAT(gallery, testing::HasSubstr("\n\n" + commands + "\n")) << config.path().filename();
  }
}

}  // namespace
}  // namespace adjoint
