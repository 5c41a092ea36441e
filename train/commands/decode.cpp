#include <fmt/format.h>

#include "framework/tensor/error.hpp"
#include "inference/images/code_output.hpp"
#include "inference/images/image_model.hpp"
#include "inference/images/result_writer.hpp"
#include "train/commands/commands.hpp"
#include "train/program/program_threads.hpp"
#include "train/program/shared_options.hpp"

namespace adjoint {
namespace {

constexpr Index kBatch = 64;

int decode(const Arguments& arguments) {
  const std::string out = arguments.text("out");
  const std::optional<Extent2> size = arguments.extent_if_given("size");
  ProgramThreads pool(arguments.threads());
  ImageModel model(arguments.text("checkpoint"), pool);
  const ArrayPlace place = ArrayPlace::parse(arguments.text("codes"));
  const Tensor codes = read_codes(place);
  const ConstView all = view(codes);
  if (all.shape.rank() < 2) {
    throw InputError("{}: codes are (count, ...), got {}", place.file.string(),
                     to_string(all.shape));
  }
  std::vector<std::string> names;
  for (Index i = 0; i < all.shape[0]; ++i)
    names.push_back(fmt::format("{}-{:05}", place.file.stem().string(), i));
  FileGuard guard;
  guard.reads(model.trained().path);
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
  print_result(
      arguments,
      {{"images", count}, {"shape", std::vector<Index>(image.begin(), image.end())}, {"out", out}},
      fmt::format("{} images of {}: {}", count, to_string(image), out));
  return 0;
}

}  // namespace

Command decode_command() {
  using Kind = Option::Kind;
  return {.name = "decode",
          .summary = "decode latent codes into images",
          .usage = "CHECKPOINT CODES [-o OUT] [--size HxW]",
          .doc = "Decodes latent codes into images: runs the model from its latent layer on.",
          .example = "adjoint decode runs/keras-autoencoder/best.h5 codes.npy -o decoded/",
          .positional = {"checkpoint", "codes"},
          .options = {checkpoint_option(),
                      {"codes", ".npy, .npz, .h5 or .h5:/dataset, as `adjoint encode` writes them",
                       Kind::text},
                      out_option("A folder, .npy, .h5 or .h5:/dataset; one image for one code",
                                 "decoded"),
                      {"size", "Size of the images (default: the largest with such codes)",
                       Kind::text, "HxW"},
                      threads_option(),
                      json_option()},
          .run = decode};
}

}  // namespace adjoint
