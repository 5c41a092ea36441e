#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "framework/parallel/thread_pool.hpp"
#include "inference/report/page.hpp"

namespace adjoint {

struct RunReportOptions {
  /// The folder that `adjoint detect` wrote: its scores and heat maps are shown, in place of the
  /// scores of the images that training held out.
  std::optional<std::filesystem::path> detection = {};
};

/// The page that shows a run: curves, pictures of the epochs, scores of a calibrated detection,
/// layers, kernels, latent space, config, and what repeats it.
struct RunReport {
  Page page;
  /// Sections that could not be made, and why: the data may be elsewhere by now.
  std::vector<std::string> missing;
};

/// `path` is a run's folder or a checkpoint in one. Throws InputError if there is no run, or no
/// results of a detection where a folder is named.
RunReport report_run(const std::filesystem::path& path, ThreadPool& pool,
                     const RunReportOptions& options = {});

}  // namespace adjoint
