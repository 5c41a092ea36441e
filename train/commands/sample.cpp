#include <fmt/format.h>

#include <cmath>

#include "framework/tensor/error.hpp"
#include "inference/images/generation.hpp"
#include "train/commands/commands.hpp"
#include "train/program/program_threads.hpp"
#include "train/program/shared_options.hpp"

namespace adjoint {
namespace {

int sample(const Arguments& arguments) {
  const std::string out = arguments.text("out");
  const bool grid = arguments.has("grid");
  if (grid && (arguments.has("count") || arguments.has("seed"))) {
    throw InputError(
        "--grid N shows N x N codes, none of them random; leave out --count and --seed");
  }
  const Index side = grid ? arguments.integer("grid", between<Index>(1, 1000)) : 0;
  const Index count = grid ? side * side : arguments.integer("count", at_least<Index>(1));
  const double temperature = arguments.number("temperature", at_least(0.0));
  ProgramThreads pool(arguments.threads());
  ImageModel model(arguments.text("checkpoint"), pool);
  const std::optional<Extent2> size = arguments.extent_if_given("size");
  FileGuard guard;
  guard.reads(model.trained().path);
  check_images_out(out, guard);
  const Tensor codes = grid
                           ? latent_grid(model, size, side, temperature)
                           : draw_codes(model, size, count, arguments.natural("seed"), temperature);
  const Tensor images = model.decode(codes, size);
  const Index columns =
      grid ? side : static_cast<Index>(std::ceil(std::sqrt(static_cast<double>(count))));
  write_images(out, "sample", view(images), columns, guard);
  const Shape image = shape_of(images).sample();
  print_result(
      arguments,
      {{"images", count}, {"shape", std::vector<Index>(image.begin(), image.end())}, {"out", out}},
      fmt::format("{} images of {}: {}", count, to_string(image), out));
  return 0;
}

}  // namespace

Command sample_command() {
  using Kind = Option::Kind;
  return {
      .name = "sample",
      .summary = "make new images with a variational model",
      .usage = "CHECKPOINT [-n N | --grid N] [-o OUT] [--seed S] [--temperature T] [--size HxW]",
      .doc =
          "Makes new images with a variational model: draws latent codes, or takes a "
          "grid of them, and decodes them.",
      .example = "adjoint sample runs/fashion-variational/best.h5 -n 64 -o sheet.png",
      .positional = {"checkpoint"},
      .options = {checkpoint_option(),
                  {"n,count", "Number of images", Kind::integer, "N", "16"},
                  {"grid",
                   "Decode N x N codes of two numbers instead, at the quantiles of the normal "
                   "distribution",
                   Kind::integer, "N"},
                  out_option("A folder, .npy, .h5 or .h5:/dataset, or one .png of all",
                             "samples.png"),
                  seed_option("Seed of the codes"),
                  {"temperature",
                   "Standard deviation of the codes; below 1, images are more typical",
                   Kind::number, "T", "1"},
                  {"size", "Size of the images, for models that take any size", Kind::text, "HxW"},
                  threads_option(),
                  json_option()},
      .run = sample};
}

}  // namespace adjoint
