// denoise, upscale and reconstruct: the model's output for any images. They differ in words alone.

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "datasets/formats/image_file.hpp"
#include "datasets/image_grid.hpp"
#include "datasets/image_ops.hpp"
#include "framework/metrics/psnr.hpp"
#include "framework/tensor/error.hpp"
#include "inference/images/result_writer.hpp"
#include "train/commands/commands.hpp"
#include "train/evaluation.hpp"
#include "train/program/command_line.hpp"
#include "train/program/json_text.hpp"
#include "train/program/open_images.hpp"
#include "train/program/program_threads.hpp"
#include "train/program/terminal.hpp"
#include "train/run_folder.hpp"

namespace adjoint {
namespace {

struct Words {
  std::string command;  // "denoise"
  std::string result;   // "denoised"
  std::string summary;
};

constexpr Index kGridRows = 8;

/// One image file gives a file named after it, in its format; several inputs give a folder, or an
/// array if one of them is an array.
std::string default_out(const ImageSource& source, const std::string& input,
                        const std::string& result) {
  const std::string stem = ArrayPlace::parse(input).file.stem().string();
  if (source.has_arrays()) return stem + "-" + result + ".npy";
  const std::vector<ImageOrigin> origins = source.origins();
  const bool is_file =
      !std::filesystem::is_directory(input) &&
      std::ranges::all_of(origins, [&](const ImageOrigin& o) { return o.file == origins[0].file; });
  return is_file ? stem + "-" + result + result_ending(origins[0]) : result;
}

/// What the model sees, when noise is asked for.
Tensor with_noise(ConstView images, double sigma, std::uint64_t seed, Index first) {
  Tensor noisy = copy_of(images);
  const std::vector<CorruptionSpec> noise{{GaussianNoise{{sigma, sigma}}}};
  for (Index i = 0; i < images.shape[0]; ++i) {
    const Tensor image = corrupted(noise, seed, kFixedEpoch, first + i,
                                   images.slice(i, 1).reshaped(images.shape.sample()));
    std::ranges::copy(image, view(noisy).slice(i, 1).data);
  }
  return noisy;
}

/// The first rows of the comparison picture: input | output | reference, of images of one size.
class Comparison {
 public:
  void add(ConstView input, ConstView output, const ConstView* reference) {
    if (columns_.empty()) columns_.resize(reference ? 3 : 2);
    if (shape_.empty()) shape_ = output.shape.sample();
    if (!(shape_ == output.shape.sample()) || rows_ == kGridRows) return;
    const Tensor large = input.shape == output.shape
                             ? copy_of(input)
                             : resized_batch(input, shape_[0], shape_[1], Filter::box);
    const ConstView views[] = {view(large), output, reference ? *reference : ConstView{}};
    const Index count = std::min(input.shape[0], kGridRows - rows_);
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      const auto part = views[c].slice(0, count).flat();
      columns_[c].insert(columns_[c].end(), part.begin(), part.end());
    }
    rows_ += count;
  }
  void write(const std::string& path) const {
    std::vector<ConstView> views;
    for (const std::vector<Real>& column : columns_)
      views.push_back({column.data(), shape_.batched(rows_)});
    const Tensor grid = image_grid(views);
    write_image(path, view(grid));
  }

 private:
  Shape shape_;
  Index rows_ = 0;
  std::vector<std::vector<Real>> columns_;
};

/// The next references, one for each image of a batch whose outputs have this shape.
Tensor references_of(const ImageBatch& batch, const Shape& outputs, ImageSource& references) {
  Tensor all = make_tensor(outputs);
  for (Index i = 0; i < batch.count(); ++i) {
    const std::optional<ImageBatch> one = references.next(1);
    const Shape shape = one ? shape_of(one->pixels).sample() : Shape{};
    if (!(shape == outputs.sample())) {
      throw InputError(
          "--reference: expected an image of {} for \"{}\", as the output has it, got {}",
          to_string(outputs.sample()), batch.names[static_cast<std::size_t>(i)],
          one ? fmt::format("\"{}\" of {}", one->names[0], to_string(shape)) : "no more");
    }
    std::ranges::copy(view(std::as_const(one->pixels)).flat(), view(all).slice(i, 1).data);
  }
  return all;
}

int run(const Words& words, int argc, char** argv) {
  CommandLine line(
      words.command +
          " CHECKPOINT INPUT... [-o OUT] [--noise SIGMA] [--grid FILE] [--max-memory SIZE] "
          "[--strict]",
      words.summary,
      fmt::format("adjoint {} runs/quickstart/best.h5 photo.png -o clean.png", words.command));
  line.options()("checkpoint", "Trained model", cxxopts::value<std::string>())(
      "input", "Image files, folders, .npy, .h5 or .h5:/dataset, IDX files",
      cxxopts::value<std::vector<std::string>>())(
      "o,out",
      "An image (.png, .jpg; .tif for several), a folder, .npy, .h5 or .h5:/dataset (default: "
      "INPUT-" +
          words.result + ", in its own format)",
      cxxopts::value<std::string>(),
      "OUT")("noise",
             "Add Gaussian noise to the input first, to see what the model does to it; 1 is white",
             cxxopts::value<double>(),
             "SIGMA")("seed", "Of that noise", cxxopts::value<std::uint64_t>()->default_value("0"),
                      "N")("reference", "Clean images of the same number and sizes, for the PSNR",
                           cxxopts::value<std::vector<std::string>>(), "INPUT")(
      "grid", "Also write a picture of input | output | reference, a row an image",
      cxxopts::value<std::string>(), "FILE")("threads", "Threads; 0: one for each processor",
                                             cxxopts::value<int>()->default_value("0"), "N")(
      "max-memory", "Most memory for what is inside the model; larger images are run in tiles",
      cxxopts::value<std::string>()->default_value("1G"),
      "SIZE")("strict", "Refuse images that cannot be read, instead of leaving them out")(
      "json", "Print the result as JSON");
  add_white(line);
  line.positional({"checkpoint", "input"});
  const auto arguments = line.parse(argc, argv);
  if (!arguments) return 0;
  const std::string checkpoint = find_checkpoint(line.required(*arguments, "checkpoint")).string();
  const auto inputs = line.required<std::vector<std::string>>(*arguments, "input");
  const std::optional<double> noise = noise_of(*arguments);
  const bool referenced = arguments->count("reference") > 0;
  if (noise && referenced)
    throw InputError(
        "--noise and --reference exclude each other: with --noise the input is the reference");

  ProgramThreads pool(threads_of(*arguments));
  ImageModel model(checkpoint, pool, max_memory_of(*arguments));
  const bool enlarges = model.scale() != Extent2{1, 1};
  if (noise && enlarges) {
    throw InputError(
        "--noise compares the output with the input, and this model enlarges images; name clean "
        "images of the output's size with --reference");
  }
  // A result that is missing would move the references of all after it.
  const auto unreadable = arguments->count("strict") > 0 || referenced
                              ? ImageSource::Unreadable::refuse
                              : ImageSource::Unreadable::skip;
  Terminal terminal;
  if (words.command == "upscale" && !enlarges) {
    terminal.print(
        "note: this model gives images back at their own size; one that enlarges them is trained "
        "with [[corruption]] kind = \"downsample\", keep_size = false");
  }
  if (words.command == "denoise" && model.trained().corruptions.empty()) {
    terminal.print(
        "note: this model was trained to give images back, not to clean them: its config has no "
        "[[corruption]]");
  }
  const double white = white_for(model, white_of(*arguments));
  ImageSource source = open_images(inputs, model, white, unreadable, terminal);
  std::optional<ImageSource> references;
  if (referenced) {
    references = open_images((*arguments)["reference"].as<std::vector<std::string>>(), model, white,
                             unreadable, terminal);
    if (references->names().size() != source.names().size()) {
      throw InputError("--reference: expected one image for each of the input, {}, got {}",
                       source.names().size(), references->names().size());
    }
  }
  FileGuard guard;
  guard.reads(checkpoint);
  guard.reads(source.files());
  if (referenced) guard.reads(references->files());
  std::optional<std::string> grid;
  if (arguments->count("grid") > 0) {
    grid = (*arguments)["grid"].as<std::string>();
    if (!has_image_extension(*grid)) {
      throw InputError("--grid {}: expected the name of an image: {}", *grid, image_extensions());
    }
    guard.writes(*grid);
  }
  ResultWriter writer(arguments->count("out") > 0 ? (*arguments)["out"].as<std::string>()
                                                  : default_out(source, inputs[0], words.result),
                      source, guard);
  if (white > 0) writer.scale_arrays(white);

  Comparison comparison;
  Index count = 0;
  double before = 0, after = 0;
  while (std::optional<ImageBatch> batch = source.next()) {
    const ConstView images = view(std::as_const(batch->pixels));
    const Tensor input =
        noise ? with_noise(images, *noise, (*arguments)["seed"].as<std::uint64_t>(), count)
              : batch->pixels;
    const Tensor output = model.reconstruct(view(input));
    std::optional<Tensor> truth;
    if (referenced) truth = references_of(*batch, shape_of(output), *references);
    const ConstView reference = truth ? view(std::as_const(*truth)) : images;
    if (noise || referenced) {
      before += enlarged_psnr(view(input), reference) * static_cast<double>(batch->count());
      after += mean_psnr(view(output), reference) * static_cast<double>(batch->count());
    }
    comparison.add(view(input), view(output), noise || referenced ? &reference : nullptr);
    writer.add(view(output), *batch);
    count += batch->count();
    if (!source.is_single_image()) terminal.update(fmt::format("{} images", count));
  }
  terminal.clear();
  writer.finish();

  nlohmann::ordered_json result{{"images", count}, {"out", writer.place()}};
  if (!source.skipped().empty()) result["skipped"] = source.skipped();
  std::string text =
      fmt::format("{} image{} {}: {}", count, count == 1 ? "" : "s", words.result, writer.place());
  if (noise || referenced) {
    before /= static_cast<double>(count);
    after /= static_cast<double>(count);
    result["input_psnr"] = before;
    result["psnr"] = after;
    text += fmt::format("\nPSNR {:.2f} dB -> {:.2f} dB (gain {:+.2f} dB)", before, after,
                        after - before);
  }
  if (grid) {
    comparison.write(*grid);
    result["grid"] = *grid;
    text += fmt::format("\npicture: {}", *grid);
  }
  fmt::print("{}\n", arguments->count("json") > 0 ? json_text(result) : text);
  source.check_complete();
  return 0;
}

}  // namespace

int run_denoise(int argc, char** argv) {
  return run({"denoise", "denoised", "Cleans images with a trained model; any size."}, argc, argv);
}

int run_upscale(int argc, char** argv) {
  return run({"upscale", "upscaled", "Enlarges images with a model trained for it; any size."},
             argc, argv);
}

int run_reconstruct(int argc, char** argv) {
  return run(
      {"reconstruct", "reconstructed", "Runs images through a trained model and back; any size."},
      argc, argv);
}

}  // namespace adjoint
