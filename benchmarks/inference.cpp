// Times the denoiser of configs/photo-residual.toml on one large gray image, as `adjoint denoise`
// runs it, beside the same network in PyTorch where that is installed. The weights are random: they
// do not matter to the time.

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cxxopts.hpp>
#include <filesystem>
#include <iostream>
#include <thread>

#include "benchmarks/candidates.hpp"
#include "inference/images/image_model.hpp"
#include "models/build_model.hpp"
#include "models/config/config_text.hpp"
#include "train/config.hpp"

namespace adjoint {
namespace {

/// Denoises whenever a line with a number of seconds comes in.
void serve(const Shape& image, int threads, std::size_t max_memory) {
  const Config config = read_config_file(ADJOINT_CONFIGS "/photo-residual.toml", {});
  const Model model = build_model(config.model, 1);
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / fmt::format("adjoint-benchmark-{}.h5", getpid());
  save_checkpoint(path.string(), model,
                  {.config = write_config(config), .initial_weights = copy_weights(model)});
  ThreadPool pool(threads);
  ImageModel denoiser(path.string(), pool, max_memory);
  std::filesystem::remove(path);
  const Tensor pixels = make_tensor(image.batched(1), Real(0.5));
  serve_times([&] { denoiser.reconstruct(view(pixels)); });
}

int run(int argc, char** argv) {
  cxxopts::Options options("inference", "A large image through a denoiser, beside PyTorch");
  const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  options.add_options()("h,help", "this text")("height", "",
                                               cxxopts::value<Index>()->default_value("2160"))(
      "width", "", cxxopts::value<Index>()->default_value("3840"))(
      "threads", "", cxxopts::value<int>()->default_value(std::to_string(cores)))(
      "rounds", "turns of each candidate", cxxopts::value<int>()->default_value("2"))(
      "max-memory", "in MiB", cxxopts::value<Index>()->default_value("1024"))(
      "worker", "be the process that denoises");
  const auto parsed = options.parse(argc, argv);
  if (parsed.count("help")) {
    fmt::print("{}", options.help());
    return 0;
  }
  const Shape image{parsed["height"].as<Index>(), parsed["width"].as<Index>(), 1};
  const int threads = parsed["threads"].as<int>();
  const Index memory = parsed["max-memory"].as<Index>();
  if (parsed.count("worker")) {
    serve(image, threads, static_cast<std::size_t>(memory) << 20);
    return 0;
  }
  std::vector<Candidate> candidates;
  for (const int count : {threads, 1}) {
    candidates.push_back(
        {"Adjoint", count,
         std::make_unique<Worker>(std::vector<std::string>{
             argv[0], "--worker", fmt::format("--threads={}", count),
             fmt::format("--height={}", image[0]), fmt::format("--width={}", image[1]),
             fmt::format("--max-memory={}", memory)})});
  }
  add_pytorch(candidates, threads,
              {ADJOINT_BENCHMARKS "/inference_pytorch.py", std::to_string(image[0]),
               std::to_string(image[1])},
              true);
  take_turns(candidates, parsed["rounds"].as<int>(), 0.1);
  keep_best_pytorch(candidates);
  fmt::print("{} gray through configs/photo-residual.toml, at most {} MiB of activations\n",
             to_string(image), memory);
  fmt::print("{:<16} {:>7} {:>9} {:>6} {:>6}\n", "by", "threads", "s/image", "MiB", "time");
  for (const Candidate& c : candidates) {
    fmt::print("{:<16} {:>7} {:>9.2f} {:>6.0f} {:>6.2f}  {}\n", c.by, c.threads,
               median(c.ms) * 1e-3, c.mib, median(c.ratios), c.note);
  }
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
