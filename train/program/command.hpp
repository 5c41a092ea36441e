#pragma once

// One command of the program is one row: its name, help and options, and the function that runs
// it. Help, completion and the list of commands are made from the rows.

#include <any>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "framework/conv/geometry.hpp"
#include "framework/parallel/ranks.hpp"
#include "framework/settings/check.hpp"
#include "framework/settings/named_enum.hpp"

namespace adjoint {

/// An option of a command, or an argument without a dash where `positional` names it.
struct Option {
  enum class Kind { flag, text, texts, integer, natural, number };
  std::string names;  // "out", or "o,out" with a short name
  std::string doc;
  Kind kind = Kind::flag;
  std::string value = {};     // what help calls the value: "FILE"
  std::string fallback = {};  // the value where none is given; help shows it
  std::string implied = {};   // of an option that may stand without a value: its value then
};

/// Values that a command line gave for the options of a command.
class Arguments {
 public:
  struct Value {
    std::any value;  // of the type that belongs to the option's kind
    bool given = false;
    std::string shown = {};  // what messages put before it: "--out", or the command
  };
  Arguments(std::string usage, std::map<std::string, Value> values, Ranks& ranks)
      : usage_(std::move(usage)), values_(std::move(values)), ranks_(&ranks) {}

  /// The processes that run this command together.
  Ranks& ranks() const { return *ranks_; }

  /// Whether it was given; a value to fall back to does not count.
  bool has(const std::string& name) const;
  /// The value of an option of that kind. Throws InputError if it was not given and has no value to
  /// fall back to.
  std::string text(const std::string& name) const { return value<std::string>(name); }
  std::vector<std::string> texts(const std::string& name) const;
  Index integer(const std::string& name) const { return value<Index>(name); }
  std::uint64_t natural(const std::string& name) const { return value<std::uint64_t>(name); }
  double number(const std::string& name) const { return value<double>(name); }
  /// Nothing if it was not given.
  std::optional<std::string> text_if_given(const std::string& name) const;
  std::vector<std::string> texts_if_given(const std::string& name) const;

  // These throw InputError naming the option if its value fails the check.
  Index integer(const std::string& name, const Check<Index>& check) const;
  double number(const std::string& name, const Check<double>& check) const;  // finite, too
  /// A size: "28x20", "28,20", or "28" for both.
  Extent2 extent(const std::string& name, const Check<Index>& check = at_least<Index>(1)) const;
  std::optional<Extent2> extent_if_given(const std::string& name) const;
  /// One of the names of an enum.
  template <NamedEnum E>
  E choice(const std::string& name) const {
    return *named<E>(checked_name(name, names_of<E>()));
  }

  // The options that several commands share: see shared_options.hpp.
  int threads() const;                  // 0: as many as there are processors for this rank
  std::size_t max_memory() const;       // bytes
  std::optional<double> white() const;  // --white
  std::optional<double> noise() const;  // --noise
  /// --grid, the name of a picture. Throws InputError where it is not an image's.
  std::optional<std::string> grid() const;
  bool json() const { return has("json"); }

 private:
  template <class T>
  T value(const std::string& name) const;
  const std::string& shown(const std::string& name) const { return values_.at(name).shown; }
  /// Throws InputError if the option's text is none of these.
  std::string checked_name(const std::string& name, const std::vector<std::string>& names) const;

  std::string usage_;
  std::map<std::string, Value> values_;  // of the options that were given or fall back
  Ranks* ranks_;
};

struct Command {
  std::string name;                     // "denoise", "data make"
  std::string summary;                  // a few words, for the list of commands
  std::string usage;                    // what follows the name
  std::string doc;                      // sentences for its help
  std::string example;                  // a whole command line
  std::vector<std::string> positional;  // the last one takes all that are left, if it is of `texts`
  std::vector<Option> options;
  /// Prints results to standard output and progress to standard error. Returns the exit status, or
  /// throws InputError (status 2) or RunError (status 1).
  int (*run)(const Arguments& arguments);
  bool on_several_ranks = false;  // whether processes that mpirun starts share the work
};

/// Runs a command with the arguments that follow its name, or prints its help. Throws InputError on
/// bad usage, and where several ranks run a command that does not share its work.
int run_command(const Command& command, int argc, char** argv, Ranks& ranks);

/// A document as every command prints it with --json, else a text.
void print_result(const Arguments& arguments, const nlohmann::ordered_json& document,
                  const std::string& text);

}  // namespace adjoint
