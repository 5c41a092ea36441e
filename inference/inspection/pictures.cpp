#include "inference/inspection/pictures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "inference/inspection/kernels/frequency_response.hpp"
#include "inference/inspection/kernels/kernel_mosaic.hpp"
#include "inference/inspection/report_tables.hpp"

namespace adjoint {
namespace {

std::string kernel_caption(const Shape& shape) {
  if (shape[2] == 1) return fmt::format("{} kernels", shape[3]);
  if (shape[2] == 3) return fmt::format("{} kernels, the image channels as RGB", shape[3]);
  if (shape[3] == 1)
    return fmt::format("one kernel, a tile for each of {} image channels", shape[2]);
  return fmt::format(
      "rows: {}; columns: {}",
      shown_text(std::min(shape[2], MosaicLimits::kImageChannels), shape[2], "image channel"),
      shown_text(std::min(shape[3], MosaicLimits::kFeatureChannels), shape[3], "feature channel"));
}

constexpr Index kEnlarged = 4;  // pixels for a frequency

/// The strongest frequency is white.
Tensor frequency_picture(const Tensor& response) {
  const Real strongest = std::ranges::max(response);
  const Index side = kFrequencies * kEnlarged;
  Tensor picture = make_tensor({side, side, 1});
  for (Index y = 0; y < side; ++y) {
    for (Index x = 0; x < side; ++x) {
      const Real power = response.data()[y / kEnlarged * kFrequencies + x / kEnlarged];
      picture.data()[y * side + x] = strongest > 0 ? power / strongest : Real{0};
    }
  }
  return picture;
}

std::string pair_caption(const PairReport& pair) {
  const Shape& shape = pair.convolution_kernel;
  std::string text =
      fmt::format("rows: {0}; {1} in the same order; {1} in the order of the best matching",
                  pair.convolution, pair.transpose);
  if (shape[2] == 1 || shape[2] == 3) return text;
  return fmt::format(
      "{}; for the strongest {} of {} image channels, numbered behind the colon; {}", text,
      std::min(shape[2], MosaicLimits::kPairImageChannels), shape[2],
      shown_text(std::min(shape[3], MosaicLimits::kPairFeatureChannels), shape[3], "kernel"));
}

}  // namespace

std::string file_part(std::string name) {
  std::ranges::replace_if(
      name, [](unsigned char c) { return !std::isalnum(c) && c != '_' && c < 0x80; }, '_');
  return name;
}

std::string shown_text(Index shown, Index all, std::string_view what) {
  if (shown < all) return fmt::format("the first {} of {} {}s", shown, all, what);
  return fmt::format("{} {}{}", all, what, all == 1 ? "" : "s");
}

std::vector<Picture> draw_pictures(const Inspection& inspection) {
  std::vector<Picture> pictures;
  const auto add = [&](const std::string& file, const std::string& subject, std::string_view when,
                       const std::string& caption, Tensor pixels) {
    if (when == "before" && !inspection.initial_known) return;
    pictures.push_back({.file = fmt::format("{}-{}.png", file, when),
                        .subject = subject,
                        .about = fmt::format("{}, {} training", subject, when),
                        .caption = caption,
                        .pixels = std::move(pixels)});
  };
  for (const PairReport& pair : inspection.pairs) {
    if (!pair.before.kernels || !pair.after.kernels) continue;
    const KernelReport& first = *inspection.kernel(pair.convolution);
    const KernelReport& second = *inspection.kernel(pair.transpose);
    const Real scale = common_scale({view(first.before.values), view(first.after.values),
                                     view(second.before.values), view(second.after.values)});
    const std::string file =
        fmt::format("pair-{}-{}", file_part(pair.convolution), file_part(pair.transpose));
    add(file, title(pair), "before", pair_caption(pair),
        pair_mosaic(view(first.before.values), view(second.before.values),
                    {pair.convolution, pair.transpose}, pair.before.kernels->matching, scale));
    add(file, title(pair), "after", pair_caption(pair),
        pair_mosaic(view(first.after.values), view(second.after.values),
                    {pair.convolution, pair.transpose}, pair.after.kernels->matching, scale));
  }
  for (const KernelReport& kernel : inspection.kernels) {
    const Real scale = common_scale({view(kernel.before.values), view(kernel.after.values)});
    const std::string file = "kernel-" + file_part(kernel.layer);
    const std::string caption = kernel_caption(kernel.shape);
    add(file, kernel.layer, "before", caption, kernel_mosaic(view(kernel.before.values), scale));
    add(file, kernel.layer, "after", caption, kernel_mosaic(view(kernel.after.values), scale));
    const std::string spectrum = "frequency-" + file_part(kernel.layer);
    const std::string about =
        "frequency response: power over all channels; in the middle frequency 0, at the edges half "
        "a cycle a pixel";
    add(spectrum, kernel.layer, "before", about, frequency_picture(kernel.before.frequencies));
    add(spectrum, kernel.layer, "after", about, frequency_picture(kernel.after.frequencies));
  }
  return pictures;
}

}  // namespace adjoint
