#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "framework/tensor/error.hpp"
#include "inference/images/generation.hpp"
#include "train/commands/commands.hpp"
#include "train/program/command_line.hpp"
#include "train/program/json_text.hpp"
#include "train/program/open_images.hpp"
#include "train/program/program_threads.hpp"
#include "train/run_folder.hpp"

namespace adjoint {

int run_interpolate(int argc, char** argv) {
  CommandLine line("interpolate CHECKPOINT A B [--steps N] [--spherical] [-o OUT]",
                   "Makes the images between two: decodes the codes on the way from one to the "
                   "other.",
                   "adjoint interpolate runs/fashion-variational/best.h5 shoe.png shirt.png "
                   "--steps 12 -o strip.png");
  line.options()("checkpoint", "Trained model", cxxopts::value<std::string>())(
      "input", "Two images, or one array of two", cxxopts::value<std::vector<std::string>>())(
      "steps", "Images, both ends included", cxxopts::value<Index>()->default_value("9"), "N")(
      "spherical", "Walk on a sphere instead of straight")(
      "o,out",
      "One .png of all in a row, a folder, .npy, .h5 or .h5:/dataset (default: between.png)",
      cxxopts::value<std::string>()->default_value("between.png"),
      "OUT")("threads", "Threads; 0: one for each processor",
             cxxopts::value<int>()->default_value("0"), "N")("json", "Print the result as JSON");
  line.positional({"checkpoint", "input"});
  const auto arguments = line.parse(argc, argv);
  if (!arguments) return 0;
  const std::string out = (*arguments)["out"].as<std::string>();
  const Index steps = (*arguments)["steps"].as<Index>();
  if (steps < 2) throw InputError("--steps {}: expected at least 2", steps);

  ProgramThreads pool(threads_of(*arguments));
  const std::string checkpoint = find_checkpoint(line.required(*arguments, "checkpoint")).string();
  ImageModel model(checkpoint, pool);
  Terminal terminal;
  ImageSource source =
      open_images(line.required<std::vector<std::string>>(*arguments, "input"), model,
                  white_for(model), ImageSource::Unreadable::refuse, terminal);
  FileGuard guard;
  guard.reads(checkpoint);
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
  const Tensor between = interpolate(view(std::as_const(codes[0])).reshaped(code),
                                     view(std::as_const(codes[1])).reshaped(code), steps,
                                     arguments->count("spherical") > 0);
  const Tensor result = model.decode(view(between), size);
  write_images(out, "between", view(result), steps, guard);
  const Shape image = shape_of(result).sample();
  if (arguments->count("json") > 0) {
    fmt::print("{}\n", json_text(nlohmann::ordered_json{
                           {"images", steps},
                           {"shape", std::vector<Index>(image.begin(), image.end())},
                           {"out", out}}));
  } else {
    fmt::print("{} images of {}: {}\n", steps, to_string(image), out);
  }
  return 0;
}

}  // namespace adjoint
