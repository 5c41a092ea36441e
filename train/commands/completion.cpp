#include "framework/tensor/error.hpp"
#include "train/commands/commands.hpp"
#include "train/program/shared_options.hpp"

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

// As a file named _adjoint in $fpath, zsh calls it; sourced, it registers itself.
constexpr const char* kZsh = R"script(#compdef adjoint
_adjoint() {
  if (( CURRENT == 2 )); then
    compadd -- ${(f)"$(adjoint --help 2>/dev/null | awk '/^  [a-z]/ { print $1 }')"}
  elif [[ $PREFIX == -* ]]; then
    compadd -- ${(f)"$(adjoint $words[2] --help 2>/dev/null | grep -oE -- '--[a-z][a-z-]*' | sort -u)"}
  else
    _files
  fi
}
if [[ $funcstack[1] == _adjoint ]]; then
  _adjoint "$@"
else
  (( $+functions[compdef] )) || { autoload -U compinit && compinit }
  compdef _adjoint adjoint
fi
)script";

constexpr const char* kFish = R"script(complete -c adjoint -n __fish_use_subcommand -f -a "(adjoint --help 2>/dev/null | awk '/^  [a-z]/ { command = \$1; sub(/^ *[a-z]+ */, \"\"); print command \"\t\" \$0 }')"
complete -c adjoint -n "not __fish_use_subcommand" -a "(adjoint (commandline -opc)[2] --help 2>/dev/null | grep -oE -- '--[a-z][a-z-]*' | sort -u)"
)script";
// clang-format on

std::string script_for(const std::string& shell) {
  if (shell == "bash") return kBash;
  if (shell == "zsh") return kZsh;
  if (shell == "fish") return kFish;
  throw InputError("there is no completion for \"{}\"; expected bash, zsh or fish", shell);
}

int completion(const Arguments& arguments) {
  const std::string shell = arguments.text("shell");
  const std::string script = script_for(shell);
  print_result(arguments, {{"shell", shell}, {"script", script}}, script);
  return 0;
}

}  // namespace

Command completion_command() {
  return {.name = "completion",
          .summary = "print a completion script for bash, zsh or fish",
          .usage = "bash|zsh|fish",
          .doc = "Prints a script with which a shell completes commands, options and file names.",
          .example = "adjoint completion bash > adjoint-completion.bash",
          .positional = {"shell"},
          .options = {{"shell", "bash, zsh or fish", Option::Kind::text}, json_option()},
          .run = completion};
}

}  // namespace adjoint
