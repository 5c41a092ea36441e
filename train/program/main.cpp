#include <fmt/ranges.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "framework/conv/instruction_sets.hpp"
#include "framework/parallel/check_alike.hpp"
#include "framework/tensor/error.hpp"
#include "train/commands/commands.hpp"
#include "train/program/rank_watch.hpp"
#include "train/program/standard_streams.hpp"
#include "train/program/version.hpp"

namespace {

using namespace adjoint;

constexpr int kDone = 0, kFailed = 1, kBadInput = 2;

void print_help(std::FILE* out) {
  fmt::print(out,
             "Adjoint {}: trains convolutional autoencoders.\n\nadjoint COMMAND ... --help shows a "
             "command's arguments and an example.\n\n",
             ADJOINT_VERSION);
  for (const Command& command : all_commands())
    fmt::print(out, "  {:<15}{}\n", command.name, command.summary);
}

/// The commands whose names begin with a first word, such as "data".
std::vector<Command> commands_of(std::string_view word) {
  std::vector<Command> found = all_commands();
  std::erase_if(found, [&](const Command& command) {
    return command.name != word && !command.name.starts_with(std::string(word) + " ");
  });
  return found;
}

int run(int argc, char** argv, Ranks& ranks) {
  const std::string_view word = argc > 1 ? argv[1] : "";
  if (word.empty() || word == "help" || word == "--help" || word == "-h") {
    print_help(word.empty() ? stderr : stdout);
    return word.empty() ? kBadInput : kDone;
  }
  if (word == "--version") {
    fmt::print("{}", version_text());
    return kDone;
  }
  const std::vector<Command> found = commands_of(word);
  if (found.empty())
    throw InputError("unknown command \"{}\"; adjoint --help lists the commands", word);
  if (found[0].name == word) return run_command(found[0], argc - 1, argv + 1, ranks);
  // A group of commands.
  const std::string_view second = argc > 2 ? argv[2] : "";
  std::vector<std::string> words;
  for (const Command& command : found) {
    words.push_back(command.name.substr(word.size() + 1));
    if (words.back() == second) return run_command(command, argc - 2, argv + 2, ranks);
  }
  if (second == "--help" || second == "-h") {
    for (const Command& command : found) fmt::print("  {:<15}{}\n", command.name, command.summary);
    fmt::print("\nExample:\n  {}\n", found[0].example);
    return kDone;
  }
  throw InputError("{}: expected one of {}; adjoint {} --help describes them",
                   second.empty() ? std::string(word) : fmt::format("{} {}", word, second),
                   fmt::join(words, ", "), word);
}

/// Runs a command. Nothing if another rank's failure ended it; `lost` says why standard output
/// could not be written.
std::optional<Ranks::Outcome> outcome_of(int argc, char** argv, Ranks& ranks, std::string& lost) {
  const auto failed = [](int status, const std::string& message) {
    return Ranks::Outcome{status, "adjoint: " + message};
  };
  try {
    check_alike(ranks, {{"version of adjoint", ADJOINT_VERSION},
                        {"kind of processor (its instruction sets)", instruction_sets()}});
    return Ranks::Outcome{.status = run(argc, argv, ranks)};
  } catch (const RankFailure&) {
    return std::nullopt;
  } catch (const InputError& error) {
    return failed(kBadInput, error.what());
  } catch (const std::bad_alloc&) {
    return failed(kFailed, "out of memory; try a smaller batch_size or image");
  } catch (const std::system_error& error) {
    if (!std::ferror(stdout)) return failed(kFailed, error.what());
    lost = error.code().message();
    return Ranks::Outcome{.status = kFailed};
  } catch (const std::exception& error) {
    return failed(kFailed, error.what());
  }
}

}  // namespace

int main(int argc, char** argv) {
  occupy_standard_streams();
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of who writes it
  watch_rank();
  std::shared_ptr<Ranks> ranks;
  try {
    ranks = start_ranks();
  } catch (const RunError& error) {
    if (launched_rank() == 0) complain(fmt::format("adjoint: {}", error.what()));
    return kFailed;
  }
  if (!ranks->first()) silence_standard_streams();
  ranks->on_failure([](const Ranks::Outcome& outcome) {
    if (!outcome.message.empty()) complain(outcome.message);
  });
  std::string lost;
  std::optional<Ranks::Outcome> mine = outcome_of(argc, argv, *ranks, lost);
  const std::string unwritten = close_standard_output();
  if (lost.empty()) lost = unwritten;
  if (!lost.empty() && mine) {
    if (!mine->message.empty()) mine->message += '\n';
    mine->message += fmt::format("adjoint: cannot write to standard output: {}", lost);
    if (mine->status == kDone) mine->status = kFailed;
  }
  return ranks->conclude(mine ? &*mine : nullptr).status;
}
