#pragma once

// Runs a program as a user would: its own process, arguments, files and terminal.

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace adjoint {

/// How a program ended and what it printed.
struct ProgramRun {
  int status = -1;  // exit status; -1 if a signal ended it
  int signal = 0;   // the signal that ended it, if any
  std::string out;  // standard output
  std::string err;  // standard error
};

struct ProgramOptions {
  std::filesystem::path folder = {};                    // where it runs; empty: here
  std::map<std::string, std::string> environment = {};  // set beside what is inherited
  std::vector<std::string> unset = {};                  // environment variables taken away
  bool terminal = false;                                // standard error is a terminal
  std::optional<unsigned long> largest_file = {};       // in bytes: a full disk beyond that
  int send = 0;                                         // this signal, once ...
  std::function<void(int)> act = {};                    // or this done with its process id
  std::function<bool()> when = [] { return false; };    // ... as soon as this holds
  std::string after = {};                               // and standard error has this
  double timeout = 120;                                 // seconds, then it is killed
};

/// Runs argv[0] with the other arguments until it ends. Throws std::runtime_error if it cannot be
/// started.
ProgramRun run_program(const std::vector<std::string>& argv, const ProgramOptions& options = {});

}  // namespace adjoint
