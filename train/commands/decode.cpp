#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "framework/tensor/error.hpp"
#include "inference/images/image_model.hpp"
#include "inference/images/result_writer.hpp"
#include "train/commands/commands.hpp"
#include "train/program/command_line.hpp"
#include "train/program/json_text.hpp"
#include "train/program/program_threads.hpp"
#include "train/run_folder.hpp"

namespace adjoint {
namespace {

constexpr Index kBatch = 64;

}  // namespace

int run_decode(int argc, char** argv) {
  CommandLine line("decode CHECKPOINT CODES [-o OUT] [--size HxW]",
                   "Makes images of codes: the model from its latent layer on.",
                   "adjoint decode runs/quickstart/best.h5 codes.npy -o images/");
  line.options()("checkpoint", "Trained model", cxxopts::value<std::string>())(
      "codes", ".npy, .h5 or .h5:/dataset, as `adjoint encode` writes them",
      cxxopts::value<std::string>())(
      "o,out", "A folder, .npy, .h5 or .h5:/dataset; one image for one code (default: decoded)",
      cxxopts::value<std::string>()->default_value("decoded"),
      "OUT")("size", "Size of the images (default: the largest with such codes)",
             cxxopts::value<std::string>(), "HxW")("threads", "Threads; 0: one for each processor",
                                                   cxxopts::value<int>()->default_value("0"),
                                                   "N")("json", "Print the result as JSON");
  line.positional({"checkpoint", "codes"});
  const auto arguments = line.parse(argc, argv);
  if (!arguments) return 0;
  const std::string out = (*arguments)["out"].as<std::string>();
  const std::optional<Extent2> size = size_of(*arguments);

  ProgramThreads pool(threads_of(*arguments));
  const std::string checkpoint = find_checkpoint(line.required(*arguments, "checkpoint")).string();
  ImageModel model(checkpoint, pool);
  const ArrayPlace place = ArrayPlace::parse(line.required(*arguments, "codes"));
  const Tensor codes = read_array(place);
  const ConstView all = view(codes);
  if (all.shape.rank() < 2) {
    throw InputError("{}: codes are (count, ...), got {}", place.file.string(),
                     to_string(all.shape));
  }
  std::vector<std::string> names;
  for (Index i = 0; i < all.shape[0]; ++i)
    names.push_back(fmt::format("{}-{:05}", place.file.stem().string(), i));
  FileGuard guard;
  guard.reads(checkpoint);
  guard.reads(place.file);
  ResultWriter writer(out, names, {}, guard);
  Shape image;
  for (Index first = 0; first < all.shape[0]; first += kBatch) {
    const Index count = std::min(kBatch, all.shape[0] - first);
    const Tensor images = model.decode(all.slice(first, count), size);
    image = shape_of(images).sample();
    writer.add(view(images),
               {.pixels = {}, .names = {names.begin() + first, names.begin() + first + count}});
  }
  const Index count = writer.finish();
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
