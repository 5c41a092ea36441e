#include "train/program/command_reference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <string_view>

#include "train/commands/commands.hpp"
#include "train/program/manual.hpp"

namespace adjoint {
namespace {

constexpr const char* kCommandsHead =
    R"(# Every command

`adjoint reference --commands` prints this page from the rows that `adjoint COMMAND --help` shows, too. Results go to files and
standard output, progress to standard error. The exit status is 0 when all is done, 1 after a failure while running, 2 after bad usage
or bad input, and 130 after an interruption.

| command | what it does |
|---|---|
)";

/// Text outside a code block: no character of it is markup but the marks of code.
std::string markdown(std::string_view text) {
  std::string escaped;
  bool code = false;
  for (const char c : text) {
    if (c == '`') code = !code;
    if (c == '|' || (!code && (c == '<' || c == '*' || c == '['))) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

/// The sentences of a command's help; its lines in columns become a block of code.
std::string paragraphs(const std::string& doc) {
  std::string text, line;
  for (std::stringstream lines(doc); std::getline(lines, line); text += '\n')
    text += line.starts_with("  ") ? "  " + line : markdown(line);
  text.erase(text.find_last_not_of('\n') + 1);
  return text;
}

std::string anchor_of(std::string name) {
  std::ranges::replace(name, ' ', '-');
  return name;
}

std::string option_row(const Command& command, const Option& option) {
  std::string name = shown_name(command, option);
  if (!option.value.empty()) name += " " + option.value;
  const std::string fallback =
      option.fallback.empty() ? "" : fmt::format(" (default: `{}`)", option.fallback);
  return fmt::format("| `{}` | {}{} |\n", name, markdown(option.doc), fallback);
}

std::string command_section(const Command& command) {
  const std::string space = command.usage.empty() ? "" : " ";
  std::string text = fmt::format("\n## {}\n\n```text\nadjoint {}{}{}\n```\n\n{}\n", command.name,
                                 command.name, space, command.usage, paragraphs(command.doc));
  if (!command.options.empty()) text += "\n| argument | meaning |\n|---|---|\n";
  for (const Option& option : command.options) text += option_row(command, option);
  return text + fmt::format("\nExample:\n\n    {}\n", command.example);
}

}  // namespace

std::string command_reference() {
  std::string page = kCommandsHead;
  for (const Command& command : all_commands())
    page += fmt::format("| [{}](#{}) | {} |\n", command.name, anchor_of(command.name),
                        markdown(command.summary));
  for (const Command& command : all_commands()) page += command_section(command);
  return page;
}

nlohmann::ordered_json command_reference_json() {
  nlohmann::ordered_json commands = nlohmann::ordered_json::array();
  for (const Command& command : all_commands()) {
    nlohmann::ordered_json options = nlohmann::ordered_json::array();
    for (const Option& option : command.options)
      options.push_back({{"name", shown_name(command, option)},
                         {"value", option.value},
                         {"default", option.fallback},
                         {"meaning", option.doc}});
    commands.push_back({{"command", command.name},
                        {"usage", command.usage},
                        {"meaning", command.doc},
                        {"options", options},
                        {"example", command.example}});
  }
  return {{"commands", commands}};
}

}  // namespace adjoint
