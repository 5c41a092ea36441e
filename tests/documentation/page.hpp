#pragma once

// A page of the documentation: its blocks of code, and what a reader types into a shell.

#include <filesystem>
#include <string>
#include <vector>

namespace adjoint {

/// README.md, CONTRIBUTING.md and docs/*.md, in the order of their names.
std::vector<std::filesystem::path> documentation_pages();

/// Consecutive lines of code: fenced, or indented by four columns (which are left out).
struct CodeBlock {
  int line = 0;                    // of the page, that of the first line of code
  std::string language = {};       // behind the fence
  std::vector<std::string> lines;  // without their indentation
};
std::vector<CodeBlock> code_blocks(const std::string& page);

/// A command with all its lines, as it is typed: without the prompt.
struct PageCommand {
  int line = 0;       // of the page
  int lines = 1;      // more than one where a backslash ends a line
  std::string text;   // the lines joined
  std::string shown;  // what the page shows as its output, behind a prompt
};

/// The commands of a block; none if it is no shell block. A shell block is fenced as bash, or has a
/// line that begins with a prompt, "$ ", or runs `adjoint`. Where there are prompts, all other
/// lines are output; elsewhere every line is a command.
std::vector<PageCommand> shell_commands(const CodeBlock& block);

/// Whether a line of code runs `adjoint`, by itself or by another program.
bool runs_adjoint(const std::string& line);

}  // namespace adjoint
