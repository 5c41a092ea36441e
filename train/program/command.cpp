#include "train/program/command.hpp"

// Lists are given by repeating an option: values and file names may hold commas.
#define CXXOPTS_VECTOR_DELIMITER '\0'
#define CXXOPTS_NO_REGEX
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cxxopts.hpp>
#include <thread>

#include "datasets/formats/image_file.hpp"
#include "framework/tensor/error.hpp"
#include "train/program/json_text.hpp"

namespace adjoint {
namespace {

using OptionKind = Option::Kind;
using Texts = std::vector<std::string>;

constexpr Index kMostThreads = 1024;
constexpr std::size_t kHelpWidth = 100;

/// "o,out" -> "out".
std::string long_name(const std::string& names) {
  return names.substr(names.find(',') == 1 ? 2 : 0);
}
/// "stride,strides": the first long name.
std::string key_of(const Option& option) {
  const std::string name = long_name(option.names);
  return name.substr(0, name.find(','));
}

std::shared_ptr<cxxopts::Value> value_of(const Option& option) {
  std::shared_ptr<cxxopts::Value> value;
  switch (option.kind) {
    case OptionKind::flag:
      return cxxopts::value<bool>();
    case OptionKind::text:
      value = cxxopts::value<std::string>();
      break;
    case OptionKind::texts:
      value = cxxopts::value<Texts>();
      break;
    case OptionKind::integer:
      value = cxxopts::value<Index>();
      break;
    case OptionKind::natural:
      value = cxxopts::value<std::uint64_t>();
      break;
    case OptionKind::number:
      value = cxxopts::value<double>();
      break;
  }
  if (!option.implied.empty()) value->implicit_value(option.implied);
  return option.fallback.empty() ? value : value->default_value(option.fallback);
}

std::any value_of(const cxxopts::OptionValue& value, OptionKind kind) {
  switch (kind) {
    case OptionKind::flag:
      return value.as<bool>();
    case OptionKind::text:
      return value.as<std::string>();
    case OptionKind::texts:
      return value.as<Texts>();
    case OptionKind::integer:
      return value.as<Index>();
    case OptionKind::natural:
      return value.as<std::uint64_t>();
    case OptionKind::number:
      return value.as<double>();
  }
  return {};
}

/// Threads for one of several ranks: its share of the processors on which the launcher lets it run.
int threads_of_a_rank(const Ranks& ranks) {
  return std::max(static_cast<int>(std::thread::hardware_concurrency()) / ranks.neighbours(), 1);
}

/// Nothing if help was asked for and has been printed.
std::optional<Arguments> parse(const Command& command, int argc, char** argv, Ranks& ranks) {
  const std::string usage = command.name + (command.usage.empty() ? "" : " ") + command.usage;
  cxxopts::Options options("adjoint", command.doc);
  options.custom_help(usage).positional_help("").set_width(kHelpWidth);
  options.add_options()("h,help", "Show this help");
  for (const Option& option : command.options)
    options.add_options()(option.names, option.doc, value_of(option), option.value);
  options.parse_positional(command.positional);
  try {
    const cxxopts::ParseResult found = options.parse(argc, argv);
    if (found.count("help") > 0) {
      fmt::print("{}\nExample:\n  {}\n", options.help(), command.example);
      return std::nullopt;
    }
    if (!found.unmatched().empty()) {
      throw InputError("unexpected argument \"{}\"; usage: adjoint {}", found.unmatched().front(),
                       usage);
    }
    const auto is_positional = [&](const std::string& key) {
      return std::ranges::find(command.positional, key) != command.positional.end();
    };
    std::map<std::string, Arguments::Value> values;
    for (const Option& option : command.options) {
      const std::string key = key_of(option);
      const bool given = found.count(key) > 0;
      if (given || !option.fallback.empty())
        values[key] = {value_of(found[key], option.kind), given,
                       is_positional(key) ? command.name : "--" + key};
    }
    return Arguments(usage, std::move(values), ranks);
  } catch (const cxxopts::exceptions::exception& error) {
    throw InputError("{}; usage: adjoint {}", error.what(), usage);
  }
}

}  // namespace

int run_command(const Command& command, int argc, char** argv, Ranks& ranks) {
  const std::optional<Arguments> arguments = parse(command, argc, argv, ranks);
  if (arguments && ranks.several() && !command.on_several_ranks) {
    throw InputError("{} runs in one process: start it without mpirun (or with one rank)",
                     command.name);
  }
  return arguments ? command.run(*arguments) : 0;
}

void print_result(const Arguments& arguments, const nlohmann::ordered_json& document,
                  const std::string& text) {
  if (arguments.json()) {
    fmt::print("{}\n", json_text(document));
  } else {
    fmt::print("{}{}", text, text.ends_with('\n') ? "" : "\n");
  }
}

bool Arguments::has(const std::string& name) const {
  const auto found = values_.find(name);
  return found != values_.end() && found->second.given;
}

template <class T>
T Arguments::value(const std::string& name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) throw InputError("{} is missing; usage: adjoint {}", name, usage_);
  return std::any_cast<const T&>(found->second.value);
}
template std::string Arguments::value(const std::string&) const;
template Index Arguments::value(const std::string&) const;
template std::uint64_t Arguments::value(const std::string&) const;
template double Arguments::value(const std::string&) const;

Texts Arguments::texts(const std::string& name) const {
  return value<Texts>(name);
}

std::optional<std::string> Arguments::text_if_given(const std::string& name) const {
  return has(name) ? std::optional(text(name)) : std::nullopt;
}

Texts Arguments::texts_if_given(const std::string& name) const {
  return has(name) ? texts(name) : Texts();
}

Index Arguments::integer(const std::string& name, const Check<Index>& check) const {
  const Index given = integer(name);
  if (!check.holds(given))
    throw InputError("{} {}: expected {}", shown(name), given, check.expected);
  return given;
}

double Arguments::number(const std::string& name, const Check<double>& check) const {
  const double given = number(name);
  if (!std::isfinite(given) || !check.holds(given))
    throw InputError("{} {}: expected {}", shown(name), given, check.expected);
  return given;
}

std::string Arguments::checked_name(const std::string& name,
                                    const std::vector<std::string>& names) const {
  const std::string given = text(name);
  if (std::ranges::find(names, given) == names.end())
    throw InputError("{} {}: expected one of {}", shown(name), given, fmt::join(names, ", "));
  return given;
}

Extent2 Arguments::extent(const std::string& name, const Check<Index>& check) const {
  const std::string text = this->text(name);
  const std::size_t cross = text.find_first_of("x,");
  const auto number = [&](std::size_t first, std::size_t last) -> std::optional<Index> {
    Index found = 0;
    const char* end = text.data() + last;
    const auto [rest, error] = std::from_chars(text.data() + first, end, found);
    if (error != std::errc() || rest != end || !check.holds(found)) return std::nullopt;
    return found;
  };
  const std::optional<Index> height = number(0, std::min(cross, text.size()));
  const std::optional<Index> width =
      cross == std::string::npos ? height : number(cross + 1, text.size());
  if (!height || !width) {
    throw InputError("{} {}: expected HEIGHTxWIDTH or one number for both, each {}, as in 28x28",
                     shown(name), text, check.expected);
  }
  return {*height, *width};
}

std::optional<Extent2> Arguments::extent_if_given(const std::string& name) const {
  return has(name) ? std::optional(extent(name)) : std::nullopt;
}

int Arguments::threads() const {
  const Index threads = integer("threads");
  if (threads < 0 || threads > kMostThreads) {
    throw InputError("--threads {}: expected 1 to {}, or 0 for one for each processor", threads,
                     kMostThreads);
  }
  return threads == 0 && ranks_->several() ? threads_of_a_rank(*ranks_) : static_cast<int>(threads);
}

std::size_t Arguments::max_memory() const {
  const std::string text = this->text("max-memory");
  double number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string unit(rest, text.data() + text.size());
  if (!unit.empty()) unit[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(unit[0])));
  const std::size_t power = unit.empty() ? 0 : std::string("KMGT").find(unit) + 1;
  const double bytes = number * std::pow(1024.0, static_cast<double>(power));
  if (error != std::errc() || unit.size() > 1 || (!unit.empty() && power == 0) || !(bytes >= 1) ||
      bytes > 1e18) {
    throw InputError("--max-memory {}: expected a size such as 512M or 2G", text);
  }
  return static_cast<std::size_t>(bytes);
}

std::optional<double> Arguments::white() const {
  if (!has("white")) return std::nullopt;
  return number("white", {[](double white) { return white > 0 && white <= 1e9; },
                          "the stored number that means white, above 0"});
}

std::optional<double> Arguments::noise() const {
  if (!has("noise")) return std::nullopt;
  const double sigma = number("noise", {[](double value) { return value >= 0; },
                                        "a standard deviation of at least 0; white is 1"});
  if (sigma > 1) {
    throw InputError(
        "--noise {}: expected a standard deviation from 0 to 1, where white is 1; noise of {} in "
        "8-bit numbers is --noise {:.3g}",
        sigma, sigma, sigma / 255);
  }
  return sigma;
}

std::optional<std::string> Arguments::grid() const {
  const std::optional<std::string> name = text_if_given("grid");
  if (name && !has_image_extension(*name))
    throw InputError("--grid {}: expected the name of an image: {}", *name, image_extensions());
  return name;
}

}  // namespace adjoint
