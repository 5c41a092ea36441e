#include <fmt/format.h>

#include "framework/tensor/error.hpp"
#include "inference/images/generation.hpp"
#include "train/commands/commands.hpp"
#include "train/program/open_images.hpp"
#include "train/program/program_threads.hpp"
#include "train/program/shared_options.hpp"

namespace adjoint {
namespace {

int interpolate_images(const Arguments& arguments) {
  const std::string out = arguments.text("out");
  const Index steps = arguments.integer("steps", at_least<Index>(2));
  ProgramThreads pool(arguments.threads());
  ImageModel model(arguments.text("checkpoint"), pool);
  Terminal terminal;
  ImageSource source = open_images(arguments, model, terminal, ImageSource::Unreadable::refuse);
  FileGuard guard;
  guard.reads(model.trained().path);
  guard.reads(source.files());
  check_images_out(out, guard);
  std::vector<Tensor> codes;
  Index images = 0;
  Extent2 size{0, 0};
  while (const std::optional<ImageBatch> batch = source.next()) {
    const Shape shape = shape_of(batch->pixels);
    const Extent2 here{shape[1], shape[2]};
    if (images > 0 && here != size) {
      throw InputError("the two images are of different sizes, {}x{} and {}x{}", size.h, size.w,
                       here.h, here.w);
    }
    size = here;
    images += batch->count();
    if (images > 2) break;
    const Tensor part = model.encode(view(std::as_const(batch->pixels)));
    for (Index i = 0; i < batch->count(); ++i) codes.push_back(copy_of(view(part).slice(i, 1)));
  }
  if (images != 2) {
    throw InputError("interpolate goes from one image to another; the inputs hold {}",
                     images > 2 ? "more than two" : "only one");
  }
  const Shape code = shape_of(codes[0]).sample();
  const Tensor between =
      interpolate(view(std::as_const(codes[0])).reshaped(code),
                  view(std::as_const(codes[1])).reshaped(code), steps, arguments.has("spherical"));
  const Tensor result = model.decode(view(between), size);
  write_images(out, "between", view(result), steps, guard);
  const Shape image = shape_of(result).sample();
  print_result(
      arguments,
      {{"images", steps}, {"shape", std::vector<Index>(image.begin(), image.end())}, {"out", out}},
      fmt::format("{} images of {}: {}", steps, to_string(image), out));
  return 0;
}

}  // namespace

Command interpolate_command() {
  using Kind = Option::Kind;
  return {
      .name = "interpolate",
      .summary = "interpolate between two images in latent space",
      .usage = "CHECKPOINT A B [--steps N] [--spherical] [-o OUT]",
      .doc = "Interpolates between two images in latent space, and decodes the codes on the way.",
      .example =
          "adjoint interpolate runs/fashion-variational/best.h5 shoe.png shirt.png --steps "
          "12 -o strip.png",
      .positional = {"checkpoint", "input"},
      .options = {checkpoint_option(),
                  {"input", "Two images, or one array of two", Kind::texts},
                  {"steps", "Number of images, both ends included", Kind::integer, "N", "9"},
                  {"spherical", "Follow a great circle instead of a straight line"},
                  out_option("One .png of all in a row, a folder, .npy, .h5 or .h5:/dataset",
                             "between.png"),
                  threads_option(),
                  json_option()},
      .run = interpolate_images};
}

}  // namespace adjoint
