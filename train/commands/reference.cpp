#include "train/program/reference.hpp"

#include "train/commands/commands.hpp"
#include "train/program/command_reference.hpp"
#include "train/program/manual.hpp"
#include "train/program/shared_options.hpp"

namespace adjoint {
namespace {

int reference(const Arguments& arguments) {
  if (arguments.has("man")) {
    const std::string page = manual_page();
    print_result(arguments, {{"page", page}}, page);
    return 0;
  }
  if (arguments.has("commands")) {
    print_result(arguments, command_reference_json(), command_reference());
    return 0;
  }
  print_result(arguments, config_reference_json(), config_reference());
  return 0;
}

}  // namespace

Command reference_command() {
  return {.name = "reference",
          .summary = "print every key of a config, or every command",
          .usage = "[--commands | --man]",
          .doc =
              "Prints every key of a config, or every command, as Markdown, or all commands as "
              "a manual page.",
          .example = "adjoint reference > docs/reference.md",
          .positional = {},
          .options = {{"commands", "print all commands with their options, as Markdown"},
                      {"man", "print the manual page of the program, as roff"},
                      json_option()},
          .run = reference};
}

}  // namespace adjoint
