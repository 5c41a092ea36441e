#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "inference/images/result_writer.hpp"
#include "train/commands/commands.hpp"
#include "train/program/command_line.hpp"
#include "train/program/json_text.hpp"
#include "train/program/open_images.hpp"
#include "train/program/program_threads.hpp"
#include "train/run_folder.hpp"

namespace adjoint {

int run_encode(int argc, char** argv) {
  CommandLine line("encode CHECKPOINT INPUT... -o OUT.npy|OUT.h5[:/dataset] [--strict]",
                   "Writes the codes of images: the output of the model's latent layer.",
                   "adjoint encode runs/quickstart/best.h5 images/ -o codes.npy");
  line.options()("checkpoint", "Trained model", cxxopts::value<std::string>())(
      "input", "Image files, folders, .npy, .h5 or .h5:/dataset, IDX files",
      cxxopts::value<std::vector<std::string>>())(
      "o,out", "Array file (default: codes.npy)",
      cxxopts::value<std::string>()->default_value("codes.npy"), "OUT")(
      "threads", "Threads; 0: one for each processor", cxxopts::value<int>()->default_value("0"),
      "N")("strict", "Refuse images that cannot be read, instead of leaving them out")(
      "json", "Print the result as JSON");
  add_white(line);
  line.positional({"checkpoint", "input"});
  const auto arguments = line.parse(argc, argv);
  if (!arguments) return 0;
  const std::string out = (*arguments)["out"].as<std::string>();

  ProgramThreads pool(threads_of(*arguments));
  const std::string checkpoint = find_checkpoint(line.required(*arguments, "checkpoint")).string();
  ImageModel model(checkpoint, pool);
  Terminal terminal;
  ImageSource source = open_images(line.required<std::vector<std::string>>(*arguments, "input"),
                                   model, white_for(model, white_of(*arguments)),
                                   arguments->count("strict") > 0 ? ImageSource::Unreadable::refuse
                                                                  : ImageSource::Unreadable::skip,
                                   terminal);
  FileGuard guard;
  guard.reads(checkpoint);
  guard.reads(source.files());
  ResultWriter writer(out, source, guard);
  Shape code;
  while (const std::optional<ImageBatch> batch = source.next()) {
    const Tensor codes = model.encode(view(std::as_const(batch->pixels)));
    code = shape_of(codes).sample();
    writer.add(view(codes), *batch);
  }
  const Index count = writer.finish();
  if (arguments->count("json") > 0) {
    nlohmann::ordered_json result{
        {"images", count}, {"code", std::vector<Index>(code.begin(), code.end())}, {"out", out}};
    if (!source.skipped().empty()) result["skipped"] = source.skipped();
    fmt::print("{}\n", json_text(result));
  } else {
    fmt::print("{} codes of {}: {}\n", count, to_string(code), out);
  }
  source.check_complete();
  return 0;
}

}  // namespace adjoint
