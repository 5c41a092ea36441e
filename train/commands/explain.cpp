#include <fmt/format.h>

#include "framework/storage/atomic_file.hpp"
#include "framework/storage/file_kind.hpp"
#include "framework/tensor/error.hpp"
#include "inference/inspection/explain/explanation.hpp"
#include "inference/inspection/explain/walk_svg.hpp"
#include "train/commands/commands.hpp"
#include "train/program/command_line.hpp"
#include "train/program/json_text.hpp"
#include "train/run_folder.hpp"

namespace adjoint {
namespace {

/// One number for both axes, or "height,width".
Extent2 parse_extent(const cxxopts::ParseResult& arguments, const std::string& name) {
  const std::string text = arguments[name].as<std::string>();
  const std::size_t comma = text.find_first_of(",x");
  try {
    std::size_t used = 0;
    const Index height = std::stoll(text, &used);
    if (comma == std::string::npos && used == text.size()) return {height, height};
    if (used == comma) {
      const std::string rest = text.substr(comma + 1);
      const Index width = std::stoll(rest, &used);
      if (used == rest.size()) return {height, width};
    }
  } catch (const std::logic_error&) {
  }
  throw InputError("--{} {}: expected a number, or HEIGHTxWIDTH", name, text);
}

}  // namespace

int run_explain(int argc, char** argv) {
  CommandLine line(
      "explain conv|transpose [--input N] [--kernel N] [--stride N] [--padding P] [--svg FILE]",
      "Shows what a convolution does to sizes and numbers: the formula, its matrix and the "
      "matrix's "
      "transpose, the zero-insertion view, and an animated picture.",
      "adjoint explain transpose --input 2 --kernel 3 --stride 2 --svg walk.svg");
  const auto text = [](const char* value) {
    return cxxopts::value<std::string>()->default_value(value);
  };
  line.options()("direction", "conv or transpose", cxxopts::value<std::string>())(
      "input", "Size of the input: N or HxW", text("4"), "N")(
      "kernel", "Size of the kernel", text("3"), "N")("stride,strides", "Stride", text("1"), "N")(
      "padding", "\"same\", \"valid\" or a number of zeros", text("0"), "P")(
      "dilation", "Distance between the kernel's taps", text("1"), "N")(
      "output-padding", "transpose: which of the possible output sizes",
      cxxopts::value<std::string>(),
      "N")("svg", "Also write the kernel's walk as an animated SVG", cxxopts::value<std::string>(),
           "FILE")("json", "Print everything as JSON");
  line.positional({"direction"});
  const auto arguments = line.parse(argc, argv);
  if (!arguments) return 0;

  const std::string direction = line.required(*arguments, "direction");
  if (direction != "conv" && direction != "transpose") {
    throw InputError("explain {}: expected conv or transpose", direction);
  }
  ExplainRequest request{
      .direction = direction == "conv" ? ExplainRequest::Direction::conv
                                       : ExplainRequest::Direction::transpose,
      .input = parse_extent(*arguments, "input"),
      .kernel = parse_extent(*arguments, "kernel"),
      .stride = parse_extent(*arguments, "stride"),
      .dilation = parse_extent(*arguments, "dilation"),
      .padding = parse_padding((*arguments)["padding"].as<std::string>()),
  };
  if (arguments->count("output-padding") > 0) {
    request.output_padding = parse_extent(*arguments, "output-padding");
  }
  if (arguments->count("svg") > 0)
    check_replaceable((*arguments)["svg"].as<std::string>(), FileKind::svg);
  if (arguments->count("json") > 0) {
    fmt::print("{}\n", json_text(explain_json(request)));
  } else {
    fmt::print("{}", explain_text(request));
  }
  if (arguments->count("svg") > 0) {
    const std::string path = (*arguments)["svg"].as<std::string>();
    write_text_file(path, walk_svg(request));
    if (arguments->count("json") == 0) fmt::print("\npicture: {}\n", path);
  }
  return 0;
}

}  // namespace adjoint
