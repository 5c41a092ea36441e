#pragma once

// Lists are given by repeating an option: values and file names may hold commas.
#define CXXOPTS_VECTOR_DELIMITER '\0'
// Without <regex>, a command compiles in half the time.
#define CXXOPTS_NO_REGEX
#include <cxxopts.hpp>
#include <optional>
#include <string>

#include "framework/conv/geometry.hpp"

namespace adjoint {

/// The arguments of one command: cxxopts with our help and our errors.
class CommandLine {
 public:
  /// `usage` is what follows the program's name; `example` is a whole command line.
  CommandLine(const std::string& usage, const std::string& summary, const std::string& example);

  cxxopts::OptionAdder options() { return options_.add_options(); }
  /// Names the arguments that need no dash, in order; the last one takes all that are left.
  void positional(std::initializer_list<std::string> names);

  /// Nothing if --help was asked for and has been printed. Throws InputError on bad usage.
  std::optional<cxxopts::ParseResult> parse(int argc, char** argv);
  /// The value of an argument that must be given. Throws InputError naming it.
  template <class T = std::string>
  T required(const cxxopts::ParseResult& arguments, const std::string& name) const {
    if (arguments.count(name) == 0) missing(name);
    return arguments[name].as<T>();
  }

 private:
  [[noreturn]] void missing(const std::string& name) const;

  std::string usage_;
  std::string example_;
  cxxopts::Options options_;
};

/// The value of --threads. Throws InputError if it is no number of threads.
int threads_of(const cxxopts::ParseResult& arguments);
/// The value of --max-memory in bytes: a number with K, M, G or T for powers of 1024. Throws
/// InputError if it is no size.
std::size_t max_memory_of(const cxxopts::ParseResult& arguments);
/// The value of --size, "28x20" or "28" for both, if it is given. Throws InputError if it is none.
std::optional<Extent2> size_of(const cxxopts::ParseResult& arguments);
/// The value of --white, if it is given. Throws InputError if it is no number above 0.
std::optional<double> white_of(const cxxopts::ParseResult& arguments);
/// Adds that option, for a command that takes images.
void add_white(CommandLine& line);
/// The value of --noise, if it is given. Throws InputError if it is no standard deviation.
std::optional<double> noise_of(const cxxopts::ParseResult& arguments);

}  // namespace adjoint
