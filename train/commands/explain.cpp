#include <fmt/format.h>

#include "datasets/formats/image_file.hpp"
#include "framework/storage/atomic_file.hpp"
#include "framework/storage/file_kind.hpp"
#include "framework/tensor/error.hpp"
#include "inference/inspection/explain/explanation.hpp"
#include "inference/inspection/explain/walk_page.hpp"
#include "inference/inspection/explain/walk_svg.hpp"
#include "train/commands/commands.hpp"
#include "train/program/shared_options.hpp"

namespace adjoint {
namespace {

int explain(const Arguments& arguments) {
  ExplainRequest request{
      .direction = arguments.choice<Direction>("direction"),
      .input = arguments.extent("input"),
      .kernel = arguments.extent("kernel"),
      .stride = arguments.extent("stride"),
      .dilation = arguments.extent("dilation"),
      .padding = parse_padding(arguments.text("padding")),
  };
  if (arguments.has("output-padding"))
    request.output_padding = arguments.extent("output-padding", at_least<Index>(0));
  const std::optional<std::string> picture = arguments.text_if_given("svg");
  const std::optional<std::string> page = arguments.text_if_given("html");
  if (arguments.has("image") && !page) {
    throw InputError(
        "--image {}: the picture is shown in the page of --html; add --html FILE, or leave --image "
        "out",
        arguments.text("image"));
  }
  if (picture) check_replaceable(*picture, FileKind::svg);
  if (page) check_replaceable(*page, FileKind::html);
  const Tensor shown =
      arguments.has("image") ? read_image(arguments.text("image")).pixels : Tensor();
  print_result(arguments, explain_json(request), explain_text(request));
  const auto write = [&](const char* what, const std::string& file, const std::string& text) {
    write_text_file(file, text);
    if (!arguments.json()) fmt::print("\n{}: {}\n", what, file);
  };
  if (picture) write("picture", *picture, walk_svg(request));
  if (page) write("page", *page, walk_page(request, shown.size() > 1 ? view(shown) : ConstView{}));
  return 0;
}

}  // namespace

Command explain_command() {
  using Kind = Option::Kind;
  return {
      .name = "explain",
      .summary = "show one convolution as sizes, a matrix and a picture",
      .usage =
          "conv|transpose [--input N] [--kernel N] [--stride N] [--padding P] [--svg FILE] "
          "[--html FILE]",
      .doc =
          "Shows one convolution: the formula of its size, its matrix, the transpose of the "
          "matrix, the zero-insertion view, and an animated picture. --html writes a page for "
          "teaching: "
          "sliders for every size, the walk step by step, and both layers on a picture.",
      .example = "adjoint explain transpose --input 2 --kernel 3 --stride 2 --svg walk.svg",
      .positional = {"direction"},
      .options = {{"direction", "conv or transpose", Kind::text},
                  {"input", "Size of the input: N or HxW", Kind::text, "N", "4"},
                  {"kernel", "Size of the kernel", Kind::text, "N", "3"},
                  {"stride,strides", "Stride", Kind::text, "N", "1"},
                  {"padding", "\"same\", \"valid\" or a number of zeros", Kind::text, "P", "0"},
                  {"dilation", "Distance between the kernel's taps", Kind::text, "N", "1"},
                  {"output-padding", "transpose: pixels added to the output's size", Kind::text,
                   "N"},
                  {"svg", "Also write the kernel's walk as an animated SVG", Kind::text, "FILE"},
                  {"html", "Also write a page with sliders, steps, matrix and overlap", Kind::text,
                   "FILE"},
                  {"image", "Picture that the page of --html shows both layers on", Kind::text,
                   "FILE"},
                  json_option()},
      .run = explain};
}

}  // namespace adjoint
