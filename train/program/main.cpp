#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <system_error>

#include "framework/tensor/error.hpp"
#include "train/commands/commands.hpp"
#include "train/program/standard_streams.hpp"

namespace {

using namespace adjoint;

constexpr int kDone = 0, kFailed = 1, kBadInput = 2;

struct Command {
  std::string_view name;
  std::string_view summary;
  int (*run)(int argc, char** argv);
};

constexpr Command kCommands[] = {
    {"train", "train a model as a config says", run_train},
    {"evaluate", "measure a model's loss and PSNR", run_evaluate},
    {"denoise", "clean images with a model", run_denoise},
    {"upscale", "enlarge images with a model", run_upscale},
    {"reconstruct", "run images through a model and back", run_reconstruct},
    {"encode", "write the codes of images", run_encode},
    {"decode", "make images of codes", run_decode},
    {"sample", "make new images with a variational model", run_sample},
    {"interpolate", "make the images between two", run_interpolate},
    {"detect", "find images that a model cannot give back, and where", run_detect},
    {"data", "look at images before a training, and make some", run_data},
    {"explain", "show what a convolution does, in numbers and pictures", run_explain},
    {"inspect", "show a model's layers and kernels", run_inspect},
    {"reference", "print every key of a config", run_reference},
    {"completion", "print a shell's completion script", run_completion},
};

void print_help(std::FILE* out) {
  fmt::print(out,
             "Adjoint {}: trains convolutional autoencoders.\n\nadjoint COMMAND ... --help shows a "
             "command's arguments and an example.\n\n",
             ADJOINT_VERSION);
  for (const Command& command : kCommands)
    fmt::print(out, "  {:<12}{}\n", command.name, command.summary);
}

int run(int argc, char** argv) {
  const std::string_view name = argc > 1 ? argv[1] : "";
  if (name.empty() || name == "help" || name == "--help" || name == "-h") {
    print_help(name.empty() ? stderr : stdout);
    return name.empty() ? kBadInput : kDone;
  }
  if (name == "--version") {
    fmt::print("adjoint {}\n", ADJOINT_VERSION);
    return kDone;
  }
  for (const Command& command : kCommands) {
    if (command.name == name) return command.run(argc - 1, argv + 1);
  }
  throw InputError("unknown command \"{}\"; adjoint --help lists the commands", name);
}

/// Runs a command, and reports why it failed; `lost` says why standard output could not be written.
int run_reporting(int argc, char** argv, std::string& lost) {
  try {
    return run(argc, argv);
  } catch (const InputError& error) {
    complain(fmt::format("adjoint: {}", error.what()));
    return kBadInput;
  } catch (const std::bad_alloc&) {
    complain("adjoint: out of memory; try a smaller batch_size or image");
  } catch (const std::system_error& error) {
    if (std::ferror(stdout)) {
      lost = error.code().message();
    } else {
      complain(fmt::format("adjoint: {}", error.what()));
    }
  } catch (const std::exception& error) {
    complain(fmt::format("adjoint: {}", error.what()));
  }
  return kFailed;
}

}  // namespace

int main(int argc, char** argv) {
  occupy_standard_streams();
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of who writes it
  std::string lost;
  const int status = run_reporting(argc, argv, lost);
  const std::string unwritten = close_standard_output();
  if (lost.empty()) lost = unwritten;
  if (lost.empty()) return status;
  complain(fmt::format("adjoint: cannot write to standard output: {}", lost));
  return status == kDone ? kFailed : status;
}
