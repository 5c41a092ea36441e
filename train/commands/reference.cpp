#include <fmt/format.h>

#include "train/commands/commands.hpp"
#include "train/program/command_line.hpp"
#include "train/program/reference.hpp"

namespace adjoint {

int run_reference(int argc, char** argv) {
  CommandLine line("reference", "Prints every key of a config, as Markdown.",
                   "adjoint reference > docs/reference.md");
  if (!line.parse(argc, argv)) return 0;
  fmt::print("{}", config_reference());
  return 0;
}

}  // namespace adjoint
