#include "train/program/reference.hpp"

#include "train/commands/commands.hpp"
#include "train/program/shared_options.hpp"

namespace adjoint {
namespace {

int reference(const Arguments& arguments) {
  print_result(arguments, config_reference_json(), config_reference());
  return 0;
}

}  // namespace

Command reference_command() {
  return {.name = "reference",
          .summary = "print every key of a config",
          .usage = "",
          .doc = "Prints every key of a config, as Markdown.",
          .example = "adjoint reference > docs/reference.md",
          .positional = {},
          .options = {json_option()},
          .run = reference};
}

}  // namespace adjoint
