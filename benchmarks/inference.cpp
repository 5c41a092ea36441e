// Times the networks of two configs forward, as the program's commands run them, beside the same
// networks in ONNX Runtime and in PyTorch where these are installed. Every candidate is a process
// of its own; they take turns. The weights are random: they do not matter to the time.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cxxopts.hpp>
#include <filesystem>
#include <thread>

#include "benchmarks/candidates.hpp"
#include "framework/tensor/error.hpp"
#include "inference/images/image_model.hpp"
#include "models/build_model.hpp"
#include "models/config/config_text.hpp"
#include "train/config.hpp"

namespace adjoint {
namespace {

constexpr const char* kPytorch = ADJOINT_BENCHMARKS "/inference_pytorch.py";

/// Gray images that go through a network at once.
struct Images {
  std::string name;
  std::string config;
  Shape shape;
  bool large = false;  // for others: so much memory that few of them can stand beside each other
};

const std::vector<Images>& all_images() {
  static const std::vector<Images> all = {
      {"256x28x28", "fashion-denoiser", {256, 28, 28, 1}},
      {"128x128", "photo-residual", {1, 128, 128, 1}},
      {"512x768", "photo-residual", {1, 512, 768, 1}},
      {"1080x1920", "photo-residual", {1, 1080, 1920, 1}},
      {"2160x3840", "photo-residual", {1, 2160, 3840, 1}, true},
  };
  return all;
}

Images images_of(const std::string& name) {
  std::string names;
  for (const Images& images : all_images()) {
    if (images.name == name) return images;
    names += (names.empty() ? "" : ", ") + images.name;
  }
  throw InputError("no images are called \"{}\"; expected one of {}", name, names);
}

/// A file that goes with this object.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& ending)
      : path_(std::filesystem::temp_directory_path() /
              fmt::format("adjoint-benchmark-{}{}", getpid(), ending)) {}
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

ImageModel model_of(const std::string& name, ThreadPool& pool, std::size_t max_memory) {
  const Config config = read_config_file(ADJOINT_CONFIGS "/" + name + ".toml", {});
  const Model model = build_model(config.model, 1);
  const TemporaryFile file(".h5");
  save_checkpoint(file.path(), model,
                  {.config = write_config(config), .initial_weights = copy_weights(model)});
  return ImageModel(file.path(), pool, max_memory);
}

/// Reconstructs whenever a line with a number of seconds comes in.
void serve(const Images& images, int threads, std::size_t max_memory) {
  ThreadPool pool(threads);
  ImageModel model = model_of(images.config, pool, max_memory);
  const Tensor pixels = make_tensor(images.shape, Real(0.5));
  serve_times([&] { model.reconstruct(view(pixels)); });
}

std::vector<std::string> in_words(const Images& images) {
  return {std::to_string(images.shape[0]), std::to_string(images.shape[1]),
          std::to_string(images.shape[2])};
}

/// Adds ONNX Runtime, on the network that PyTorch writes to `file`.
void add_onnx_runtime(std::vector<Candidate>& candidates, const Images& images, int threads,
                      const std::string& file) {
  const std::string python = python_with_torch();
  const std::string make = fmt::format("{} '{}' {} --export '{}' >/dev/null 2>&1", python, kPytorch,
                                       images.config, file);
  if (python.empty() || std::system(make.c_str()) != 0) {
    fmt::print("python3 has no torch that writes ONNX files: without ONNX Runtime\n");
    return;
  }
  try {
    for (const int count : {threads, 1}) {
      if (count == 1 && (threads == 1 || images.large)) continue;
      std::vector<std::string> words{"node", ADJOINT_BENCHMARKS "/inference_onnx.js", file};
      for (const std::string& word : in_words(images)) words.push_back(word);
      words.push_back(std::to_string(count));
      candidates.push_back({"ONNX Runtime", count, std::make_unique<Worker>(words)});
    }
  } catch (const RunError&) {
    fmt::print("no ONNX Runtime: npm install --ignore-scripts in tests/interop gets it\n");
  }
}

void compare(const Images& images, const cxxopts::ParseResult& options, const std::string& self) {
  const int threads = options["threads"].as<int>();
  const Index memory = options["max-memory"].as<Index>();
  std::vector<Candidate> candidates;
  for (const int count : {threads, 1}) {
    if (count == 1 && threads == 1 && !candidates.empty()) continue;
    candidates.push_back({"Adjoint", count,
                          std::make_unique<Worker>(std::vector<std::string>{
                              self, "--worker=" + images.name, fmt::format("--threads={}", count),
                              fmt::format("--max-memory={}", memory)})});
  }
  const TemporaryFile onnx(".onnx");
  const bool alone = options.count("alone") > 0;
  if (!alone) add_onnx_runtime(candidates, images, threads, onnx.path());
  if (!alone && !images.large) {
    std::vector<std::string> words{kPytorch, images.config};
    for (const std::string& word : in_words(images)) words.push_back(word);
    add_pytorch(candidates, threads, words, true);
  }
  take_turns(candidates, options["rounds"].as<int>(), options["seconds"].as<double>());
  keep_best_pytorch(candidates);
  for (const Candidate& c : candidates) {
    fmt::print("{:<10} {:<16} {:>7} {:>9.2f} {:>6.0f} {:>6.2f}  {}\n", images.name, c.by, c.threads,
               median(c.ms), c.mib, median(c.ratios), c.note);
  }
  std::fflush(stdout);
}

int run(int argc, char** argv) {
  cxxopts::Options options("inference",
                           "Images through a denoiser, beside ONNX Runtime and PyTorch");
  const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  options.add_options()("h,help", "this text")("images", "one of them alone, as 512x768",
                                               cxxopts::value<std::string>()->default_value(""))(
      "threads", "", cxxopts::value<int>()->default_value(std::to_string(cores)))(
      "rounds", "turns of each candidate", cxxopts::value<int>()->default_value("5"))(
      "seconds", "of a turn", cxxopts::value<double>()->default_value("0.5"))(
      "alone", "without ONNX Runtime and PyTorch")("max-memory", "of Adjoint's activations, in MiB",
                                                   cxxopts::value<Index>()->default_value("1024"))(
      "worker", "be the process that runs these images",
      cxxopts::value<std::string>()->default_value(""));
  const auto parsed = options.parse(argc, argv);
  if (parsed.count("help")) {
    fmt::print("{}", options.help());
    return 0;
  }
  if (const auto name = parsed["worker"].as<std::string>(); !name.empty()) {
    const Index memory = parsed["max-memory"].as<Index>();
    serve(images_of(name), parsed["threads"].as<int>(), static_cast<std::size_t>(memory) << 20);
    return 0;
  }
  const std::string only = parsed["images"].as<std::string>();
  fmt::print("{:<10} {:<16} {:>7} {:>9} {:>6} {:>6}\n", "images", "by", "threads", "ms", "MiB",
             "time");
  for (const Images& images : only.empty() ? all_images() : std::vector{images_of(only)})
    compare(images, parsed, argv[0]);
  return 0;
}

}  // namespace
}  // namespace adjoint

int main(int argc, char** argv) {
  try {
    return adjoint::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "inference: %s\n", error.what());
    return 1;
  }
}
