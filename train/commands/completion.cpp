#include <fmt/format.h>

#include "framework/tensor/error.hpp"
#include "train/commands/commands.hpp"
#include "train/program/command_line.hpp"

namespace adjoint {
namespace {

// The scripts ask the program itself, so that they need not know its commands.

// clang-format off
constexpr const char* kBash = R"script(_adjoint() {
  local word=${COMP_WORDS[COMP_CWORD]}
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "$(adjoint --help 2>/dev/null | awk '/^  [a-z]/ { print $1 }')" -- "$word"))
  elif [ "${word#-}" != "$word" ]; then
    COMPREPLY=($(compgen -W "$(adjoint "${COMP_WORDS[1]}" --help 2>/dev/null | grep -oE -- '--[a-z][a-z-]*' | sort -u)" -- "$word"))
  else
    COMPREPLY=($(compgen -f -- "$word"))
  fi
}
complete -o filenames -F _adjoint adjoint
)script";

constexpr const char* kZsh = R"script(autoload -U +X compinit && compinit
autoload -U +X bashcompinit && bashcompinit
)script";

constexpr const char* kFish = R"script(complete -c adjoint -n __fish_use_subcommand -f -a "(adjoint --help 2>/dev/null | awk '/^  [a-z]/ { command = \$1; sub(/^ *[a-z]+ */, \"\"); print command \"\t\" \$0 }')"
complete -c adjoint -n "not __fish_use_subcommand" -a "(adjoint (commandline -opc)[2] --help 2>/dev/null | grep -oE -- '--[a-z][a-z-]*' | sort -u)"
)script";
// clang-format on

}  // namespace

int run_completion(int argc, char** argv) {
  CommandLine line("completion bash|zsh|fish",
                   "Prints what makes a shell complete commands, options and file names.",
                   "adjoint completion bash > ~/.local/share/bash-completion/completions/adjoint");
  line.options()("shell", "bash, zsh or fish", cxxopts::value<std::string>());
  line.positional({"shell"});
  const auto arguments = line.parse(argc, argv);
  if (!arguments) return 0;
  const std::string shell = line.required(*arguments, "shell");
  if (shell == "bash") {
    fmt::print("{}", kBash);
  } else if (shell == "zsh") {
    fmt::print("{}{}", kZsh, kBash);
  } else if (shell == "fish") {
    fmt::print("{}", kFish);
  } else {
    throw InputError("there is no completion for \"{}\"; expected bash, zsh or fish", shell);
  }
  return 0;
}

}  // namespace adjoint
