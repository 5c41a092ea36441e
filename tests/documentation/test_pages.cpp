// Every command of the documentation runs, page by page, as a reader types it: in bash, in a folder
// that holds the configs and the files that the page takes for granted (given_files.cpp), on data
// and with trainings that are small (path/adjoint). commands_not_run.hpp lists the exceptions. A
// new page needs nothing; one whose commands name files of another kind a row in given_files.cpp.

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <sstream>

#include "tests/datasets/files.hpp"
#include "tests/documentation/commands_not_run.hpp"
#include "tests/documentation/given_files.hpp"
#include "tests/documentation/page.hpp"
#include "tests/support/mpirun.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// The first line of a script: prints each command with the file and its line, as errors of bash
/// do.
const std::string kTraced = "PS4='+ $0:$LINENO: '; set -x\n";

/// README.md, docs/train.md.
std::string page_name(const fs::path& page) {
  return fs::relative(page, fs::path(ADJOINT_DOCS).parent_path()).string();
}

const std::string& modules_of_the_program() {
  static const std::string version = run_program({ADJOINT_PROGRAM, "--version"}).out;
  return version;
}

const CommandNotRun* why_not_run(const PageCommand& command) {
  for (const CommandNotRun& row : kCommandsNotRun) {
    if (command.text.find(row.part) == std::string::npos) continue;
    const bool there =
        !row.module.empty() && modules_of_the_program().find(row.module) != std::string::npos;
    if (!there) return &row;
  }
  return nullptr;
}

/// Text with one space where there is any white space: the page wraps a long message.
std::string unwrapped(const std::string& text) {
  std::istringstream stream(text);
  std::string result;
  for (std::string word; stream >> word;) result += (result.empty() ? "" : " ") + word;
  return result;
}

/// An error that the page shows on purpose.
bool is_refusal(const PageCommand& command) {
  return command.shown.starts_with("adjoint: ");
}

std::string last_lines(const std::string& text, std::size_t count) {
  std::size_t begin = text.size();
  for (std::size_t i = 0; i <= count && begin != std::string::npos && begin > 0; ++i)
    begin = text.rfind('\n', begin - 1);
  return begin == std::string::npos || begin == 0 ? text : "...\n" + text.substr(begin + 1);
}

class CommandsOf : public testing::TestWithParam<fs::path> {
 protected:
  void SetUp() override {
    fs::create_directory(folder_ / "docs");
    fs::copy(fs::path(ADJOINT_DOCS).parent_path() / "configs", folder_ / "configs");
    write_small_data(folder_ / "data");
    options_.folder = folder_.path();
    options_.environment = mpirun_environment();
    options_.environment["PATH"] = std::string(ADJOINT_TESTS_FOLDER "/path:") + std::getenv("PATH");
    options_.environment["ADJOINT_PROGRAM"] = ADJOINT_PROGRAM;
    options_.environment["ADJOINT_DATA"] = folder_ / "data";
  }

  /// Both outputs of a script that bash runs under this name, and prints line by line.
  ProgramRun bash(const std::string& name, const std::string& script) const {
    folder_.write(name, script);
    return run_program({"/usr/bin/env", "bash", "-c", "exec bash -euo pipefail \"$0\" 2>&1", name},
                       options_);
  }

  void make_given(const std::string& commands) {
    make_given_files(
        commands, folder_.path(), [&](const std::string& made_by, const std::string& name) {
          const ProgramRun run = bash("given.sh", kTraced + ("NAME=" + name + "\n") + made_by);
          ASSERT_EQ(run.status, 0) << "given_files.cpp cannot make " << name << ":\n" << run.out;
        });
  }

  /// Runs a block, with its lines at their places in the page, so that bash names them.
  void run_block(const std::string& name, const std::vector<PageCommand>& commands) {
    std::string script = kTraced, text;
    int line = 2;
    for (const PageCommand& command : commands) {
      if (const CommandNotRun* row = why_not_run(command)) {
        std::cout << name << ":" << command.line << ": not run, " << row->reason << "\n";
        continue;
      }
      text += command.text + "\n";
      for (; line < command.line; ++line) script += "\n";
      script += is_refusal(command) ? "if " + command.text + "; then false; fi" : command.text;
      script += "\n";
      line += command.lines;
    }
    make_given(text);
    if (HasFatalFailure()) return;
    const ProgramRun run = bash(name, script);
    ASSERT_EQ(run.status, 0) << "a command of " << name << " failed, the last one here:\n"
                             << last_lines(run.out, 40);
    for (const PageCommand& command : commands) {
      if (!is_refusal(command)) continue;
      EXPECT_THAT(unwrapped(run.out), HasSubstr(unwrapped(command.shown)))
          << name << ":" << command.line << ": " << command.text;
    }
  }

  /// A config that the page shows whole begins with its name, and is kept under it, with its data.
  void keep_config(const CodeBlock& block) {
    if (block.language != "toml" || block.lines.empty()) return;
    const std::string &head = block.lines.front(), begin = "name = \"";
    if (!head.starts_with(begin)) return;
    std::string text;
    for (const std::string& line : block.lines) text += line + "\n";
    folder_.write(head.substr(begin.size(), head.size() - begin.size() - 1) + ".toml", text);
    make_given(text);
  }

  TempFolder folder_;
  ProgramOptions options_;
};

TEST_P(CommandsOf, Run) {
  for (const CodeBlock& block : code_blocks(contents(GetParam()))) {
    keep_config(block);
    const std::vector<PageCommand> commands = shell_commands(block);
    if (!commands.empty()) run_block(page_name(GetParam()), commands);
    if (HasFatalFailure()) return;
  }
}

/// Pages without a command would pass without a test.
std::vector<fs::path> pages_with_commands() {
  std::vector<fs::path> pages;
  for (const fs::path& page : documentation_pages()) {
    const std::vector<CodeBlock> blocks = code_blocks(contents(page));
    if (std::ranges::any_of(blocks,
                            [](const auto& block) { return !shell_commands(block).empty(); }))
      pages.push_back(page);
  }
  return pages;
}

/// fine_tune for docs/fine-tune.md.
std::string test_name(const testing::TestParamInfo<fs::path>& page) {
  std::string name = page.param.stem().string();
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Pages, CommandsOf, testing::ValuesIn(pages_with_commands()), test_name);

TEST(Documentation, EveryLineThatRunsAdjointIsACommand) {
  int count = 0;
  for (const fs::path& page : documentation_pages()) {
    for (const CodeBlock& block : code_blocks(contents(page))) {
      const std::vector<PageCommand> commands = shell_commands(block);
      count += static_cast<int>(commands.size());
      if (!commands.empty() || block.language == "text") continue;  // text: output, or a synopsis
      for (std::size_t i = 0; i < block.lines.size(); ++i) {
        const std::string& line = block.lines[i];
        const std::size_t begin = line.find_first_not_of(' ');
        EXPECT_FALSE(begin != std::string::npos && runs_adjoint(line.substr(begin)))
            << page_name(page) << ":" << block.line + static_cast<int>(i)
            << ": this block is not run, and has: " << line;
      }
    }
  }
  EXPECT_GT(count, 130);
}

TEST(Documentation, EveryExceptionIsNeeded) {
  for (const CommandNotRun& row : kCommandsNotRun) {
    bool found = false;
    for (const fs::path& page : documentation_pages())
      for (const CodeBlock& block : code_blocks(contents(page)))
        for (const PageCommand& command : shell_commands(block))
          found = found || command.text.find(row.part) != std::string::npos;
    EXPECT_TRUE(found) << "no page has a command with \"" << row.part
                       << "\": remove its row from commands_not_run.hpp";
  }
}

}  // namespace
}  // namespace adjoint
