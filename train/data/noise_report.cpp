#include "train/data/noise_report.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace adjoint {
namespace {

constexpr double kSpread = 1.6;  // high over low, from which one strength does not describe all

std::string gaussian_table(const NoiseEstimate& noise) {
  const auto& [median, least, largest, low, high] = noise.sigma;
  const bool one = noise.trend == NoiseTrend::both || high < kSpread * low;
  const double sigma = noise.trend == NoiseTrend::both ? std::sqrt(noise.line.additive) : median;
  return one ? fmt::format("kind = \"gaussian\", sigma = {:.2g}", sigma)
             : fmt::format("kind = \"gaussian\", sigma = [{:.2g}, {:.2g}]", low, high);
}

std::string poisson_table(const NoiseEstimate& noise) {
  const double peak = 1 / noise.line.photon;
  return fmt::format("kind = \"poisson\", peak = {}",
                     peak < 1000 ? fmt::format("{:.2g}", peak) : fmt::format("{:.0f}", peak));
}

std::string_view name_of(NoiseTrend trend) {
  switch (trend) {
    case NoiseTrend::even:
      return "even";
    case NoiseTrend::photon:
      return "photon";
    case NoiseTrend::both:
      return "both";
    case NoiseTrend::falling:
      return "falling";
    case NoiseTrend::unknown:
      break;
  }
  return "unknown";
}

std::string trend_sentence(const NoiseEstimate& noise) {
  switch (noise.trend) {
    case NoiseTrend::even:
      return "as strong in dark places as in bright ones";
    case NoiseTrend::photon:
      return fmt::format(
          "grows with brightness, as photon noise does: variance = {:.3g} * brightness",
          noise.line.photon);
    case NoiseTrend::both:
      return fmt::format("grows with brightness: variance = {:.3g} + {:.3g} * brightness",
                         noise.line.additive, noise.line.photon);
    case NoiseTrend::falling:
      return "weaker in bright places, as behind a gamma curve; no [[corruption]] does that, and "
             "gaussian is nearest";
    case NoiseTrend::unknown:
      break;
  }
  return "whether it grows with brightness cannot be told from these images";
}

std::string correlation_sentence(const NoiseEstimate& noise) {
  if (!noise.correlation) return "";
  if (!noise.correlated)
    return fmt::format("independent between neighbouring pixels (correlation {:.2f})",
                       std::abs(*noise.correlation) < 0.005 ? 0 : *noise.correlation);
  return fmt::format(
      "correlated between neighbouring pixels ({:.2f}), as behind demosaicing, resizing or JPEG",
      *noise.correlation);
}

}  // namespace

std::vector<std::string> noise_corruptions(const NoiseEstimate& noise) {
  if (noise.none() || noise.correlated || noise.clipped) return {};
  if (noise.trend == NoiseTrend::photon) return {poisson_table(noise)};
  if (noise.trend == NoiseTrend::both) return {poisson_table(noise), gaussian_table(noise)};
  return {gaussian_table(noise)};
}

std::string noise_text(const std::optional<NoiseEstimate>& noise, const std::string& of,
                       int indentation) {
  if (!noise) return "not measured: no image has 8x8 pixels that differ";
  if (noise->clipped)
    return "cannot be told: most images are black or white nearly everywhere, which cuts noise off";
  const NoiseEstimate::Spread& sigma = noise->sigma;
  std::string text =
      fmt::format("sigma {:.4f} ({:.1f} levels of 255)", sigma.median, 255 * sigma.median);
  const auto line = [&](const std::string& sentence) {
    if (!sentence.empty()) text += fmt::format("\n{:{}}{}", "", indentation, sentence);
  };
  if (!of.empty()) text += fmt::format(", of {}", of);
  if (noise->images > noise->together) {
    const std::string each =
        noise->together > 1 ? fmt::format(" in groups of {}", noise->together) : "";
    line(fmt::format("median of {} images{}; all: {:.4f} to {:.4f}, middle 80 %: {:.4f} to {:.4f}",
                     noise->images, each, sigma.least, sigma.largest, sigma.low, sigma.high));
  }
  if (noise->none()) {
    line("hardly any: such images can be the targets of a denoiser");
    return text;
  }
  if (!noise->correlated) line(trend_sentence(*noise));
  line(correlation_sentence(*noise));
  if (noise->correlated) {
    line("(or texture that every image has). Noise2Void needs noise that is independent: train on");
    line("pairs of noisy and clean images, or halve the images, whose neighbours then depend less");
  }
  const std::vector<std::string> tables = noise_corruptions(*noise);
  if (!tables.empty()) line("to add such noise to clean images:");
  for (const std::string& table : tables) line("  [[corruption]] " + table);
  return text;
}

nlohmann::ordered_json noise_json(const std::optional<NoiseEstimate>& noise) {
  if (!noise) return nullptr;
  const NoiseEstimate::Spread& sigma = noise->sigma;
  const bool line = noise->line.additive > 0 || noise->line.photon > 0;
  nlohmann::ordered_json json{{"images", noise->images},
                              {"images_together", noise->together},
                              {"sigma",
                               {{"median", sigma.median},
                                {"least", sigma.least},
                                {"largest", sigma.largest},
                                {"low", sigma.low},
                                {"high", sigma.high}}},
                              {"sigma_of_255", 255 * sigma.median},
                              {"trend", name_of(noise->trend)},
                              {"additive_variance", nullptr},
                              {"photon_variance", nullptr},
                              {"peak", nullptr},
                              {"correlation", nullptr},
                              {"correlated", noise->correlated},
                              {"clipped", noise->clipped},
                              {"points", nlohmann::ordered_json::array()},
                              {"corruptions", noise_corruptions(*noise)}};
  if (noise->clipped) json["sigma"] = json["sigma_of_255"] = nullptr;
  if (line) {
    json["additive_variance"] = noise->line.additive;
    json["photon_variance"] = noise->line.photon;
    if (noise->line.photon > 0) json["peak"] = 1 / noise->line.photon;
  }
  if (noise->correlation) json["correlation"] = *noise->correlation;
  for (const NoisePoint& point : noise->points)
    json["points"].push_back({{"brightness", point.brightness}, {"variance", point.variance}});
  return json;
}

}  // namespace adjoint
