#include "train/program/command_line.hpp"

#include <fmt/format.h>

#include <cctype>
#include <charconv>
#include <cmath>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

constexpr int kMostThreads = 1024;

/// "28x20", or "28" for both.
Extent2 parse_size(const std::string& text) {
  const std::size_t cross = text.find('x');
  try {
    std::size_t used = 0;
    const Index height = std::stoll(text, &used);
    if (used != std::min(cross, text.size())) throw std::invalid_argument(text);
    if (height < 1) throw std::invalid_argument(text);
    if (cross == std::string::npos) return {height, height};
    const Index width = std::stoll(text.substr(cross + 1), &used);
    if (used != text.size() - cross - 1 || width < 1) throw std::invalid_argument(text);
    return {height, width};
  } catch (const std::logic_error&) {
    throw InputError("--size {}: expected HEIGHTxWIDTH, as in 28x28", text);
  }
}

}  // namespace

CommandLine::CommandLine(const std::string& usage, const std::string& summary,
                         const std::string& example)
    : usage_(usage), example_(example), options_("adjoint", summary) {
  options_.custom_help(usage);
  options_.positional_help("");
  options_.set_width(100);
  options_.add_options()("h,help", "Show this help");
}

void CommandLine::positional(std::initializer_list<std::string> names) {
  options_.parse_positional(names);
}

std::optional<cxxopts::ParseResult> CommandLine::parse(int argc, char** argv) {
  try {
    cxxopts::ParseResult result = options_.parse(argc, argv);
    if (result.count("help") > 0) {
      fmt::print("{}\nExample:\n  {}\n", options_.help(), example_);
      return std::nullopt;
    }
    if (!result.unmatched().empty()) {
      throw InputError("unexpected argument \"{}\"; usage: adjoint {}", result.unmatched().front(),
                       usage_);
    }
    return result;
  } catch (const cxxopts::exceptions::exception& error) {
    throw InputError("{}; usage: adjoint {}", error.what(), usage_);
  }
}

void CommandLine::missing(const std::string& name) const {
  throw InputError("{} is missing; usage: adjoint {}", name, usage_);
}

int threads_of(const cxxopts::ParseResult& arguments) {
  const int threads = arguments["threads"].as<int>();
  if (threads < 0 || threads > kMostThreads) {
    throw InputError("--threads {}: expected 1 to {}, or 0 for one for each processor", threads,
                     kMostThreads);
  }
  return threads;
}

std::size_t max_memory_of(const cxxopts::ParseResult& arguments) {
  const std::string text = arguments["max-memory"].as<std::string>();
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

std::optional<Extent2> size_of(const cxxopts::ParseResult& arguments) {
  if (arguments.count("size") == 0) return std::nullopt;
  return parse_size(arguments["size"].as<std::string>());
}

std::optional<double> white_of(const cxxopts::ParseResult& arguments) {
  if (arguments.count("white") == 0) return std::nullopt;
  const double white = arguments["white"].as<double>();
  if (!(white > 0 && white <= 1e9))
    throw InputError("--white {}: expected the stored number that means white, above 0", white);
  return white;
}

void add_white(CommandLine& line) {
  line.options()("white",
                 "The stored number that means white, such as 4095 in 12-bit data (default: the "
                 "data.white that the model was trained with; else what the file says, or its "
                 "largest integer)",
                 cxxopts::value<double>(), "LEVEL");
}

std::optional<double> noise_of(const cxxopts::ParseResult& arguments) {
  if (arguments.count("noise") == 0) return std::nullopt;
  const double sigma = arguments["noise"].as<double>();
  if (!std::isfinite(sigma) || sigma < 0) {
    throw InputError("--noise {}: expected a standard deviation of at least 0; white is 1", sigma);
  }
  return sigma;
}

}  // namespace adjoint
