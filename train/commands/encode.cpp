#include <fmt/format.h>

#include "inference/images/code_output.hpp"
#include "inference/images/encode_images.hpp"
#include "train/commands/commands.hpp"
#include "train/program/open_images.hpp"
#include "train/program/program_threads.hpp"
#include "train/program/shared_options.hpp"

namespace adjoint {
namespace {

int encode(const Arguments& arguments) {
  const std::string out = arguments.text("out");
  ProgramThreads pool(arguments.threads());
  ImageModel model(arguments.text("checkpoint"), pool);
  Terminal terminal;
  ImageSource source = open_images(arguments, model, terminal, ImageSource::Unreadable::skip);
  FileGuard guard;
  guard.reads(model.trained().path);
  guard.reads(source.files());
  ResultWriter writer(out, source, guard,
                      std::make_shared<CodeOutput>(source.names(), source.labels()));
  const auto [count, code] = encode_images(model, source, writer, arguments.ranks());
  nlohmann::ordered_json result{
      {"images", count}, {"code", std::vector<Index>(code.begin(), code.end())}, {"out", out}};
  if (!source.skipped().empty()) result["skipped"] = source.skipped();
  print_result(arguments, result, fmt::format("{} codes of {}: {}", count, to_string(code), out));
  source.check_complete();
  return 0;
}

}  // namespace

Command encode_command() {
  return {.name = "encode",
          .summary = "write the latent codes of images",
          .usage = "CHECKPOINT INPUT... -o OUT.npy|OUT.npz|OUT.h5[:/dataset]|OUT.csv [--strict]",
          .doc =
              "Writes the latent codes of images: the output of the layer that model.latent names. "
              "The ending of OUT says how: .npy has the codes alone; .npz and .h5 also have the "
              "names of the images and, where these have labels, the labels; .csv has a row for "
              "each image. "
              "Ranks that mpirun starts share the images.",
          .example = "adjoint encode runs/keras-autoencoder/best.h5 images/ -o codes.npy",
          .positional = {"checkpoint", "input"},
          .options = {checkpoint_option(), images_option(), out_option("Array file", "codes.npy"),
                      strict_option(), white_option(), threads_option(), json_option()},
          .run = encode,
          .on_several_ranks = true};
}

}  // namespace adjoint
