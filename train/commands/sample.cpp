#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "framework/tensor/error.hpp"
#include "inference/images/generation.hpp"
#include "train/commands/commands.hpp"
#include "train/program/command_line.hpp"
#include "train/program/json_text.hpp"
#include "train/program/program_threads.hpp"
#include "train/run_folder.hpp"

namespace adjoint {

int run_sample(int argc, char** argv) {
  CommandLine line("sample CHECKPOINT [-n N] [-o OUT] [--seed S] [--temperature T] [--size HxW]",
                   "Makes new images with a variational model: draws codes and decodes them.",
                   "adjoint sample runs/fashion-variational/best.h5 -n 64 -o sheet.png");
  line.options()("checkpoint", "Trained model", cxxopts::value<std::string>())(
      "n,count", "Images", cxxopts::value<Index>()->default_value("16"), "N")(
      "o,out", "A folder, .npy, .h5 or .h5:/dataset, or one .png of all (default: samples.png)",
      cxxopts::value<std::string>()->default_value("samples.png"), "OUT")(
      "seed", "Other codes for another number", cxxopts::value<std::uint64_t>()->default_value("0"),
      "S")("temperature", "Deviation of the codes; below 1: more usual images",
           cxxopts::value<double>()->default_value("1"), "T")(
      "size", "Size of the images, where the model takes any", cxxopts::value<std::string>(),
      "HxW")("threads", "Threads; 0: one for each processor",
             cxxopts::value<int>()->default_value("0"), "N")("json", "Print the result as JSON");
  line.positional({"checkpoint"});
  const auto arguments = line.parse(argc, argv);
  if (!arguments) return 0;
  const std::string out = (*arguments)["out"].as<std::string>();
  const Index count = (*arguments)["count"].as<Index>();
  const double temperature = (*arguments)["temperature"].as<double>();
  if (count < 1) throw InputError("--count {}: expected at least 1", count);
  if (!(temperature >= 0) || std::isinf(temperature)) {
    throw InputError("--temperature {}: expected a number, at least 0", temperature);
  }

  ProgramThreads pool(threads_of(*arguments));
  const std::string checkpoint = find_checkpoint(line.required(*arguments, "checkpoint")).string();
  ImageModel model(checkpoint, pool);
  const std::optional<Extent2> size = size_of(*arguments);
  FileGuard guard;
  guard.reads(checkpoint);
  check_images_out(out, guard);
  const Tensor codes =
      draw_codes(model, size, count, (*arguments)["seed"].as<std::uint64_t>(), temperature);
  const Tensor images = model.decode(view(codes), size);
  const Index columns = static_cast<Index>(std::ceil(std::sqrt(static_cast<double>(count))));
  write_images(out, "sample", view(images), columns, guard);
  const Shape image = shape_of(images).sample();
  if (arguments->count("json") > 0) {
    fmt::print("{}\n", json_text(nlohmann::ordered_json{
                           {"images", count},
                           {"shape", std::vector<Index>(image.begin(), image.end())},
                           {"out", out}}));
  } else {
    fmt::print("{} images of {}: {}\n", count, to_string(image), out);
  }
  return 0;
}

}  // namespace adjoint
