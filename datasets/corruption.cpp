#include "datasets/corruption.hpp"

#include <algorithm>
#include <array>

#include "datasets/corruptions/blur.hpp"
#include "datasets/corruptions/downsample.hpp"
#include "datasets/corruptions/gaussian_noise.hpp"
#include "datasets/corruptions/jpeg_artifacts.hpp"
#include "datasets/corruptions/mask.hpp"
#include "datasets/corruptions/poisson_noise.hpp"
#include "datasets/corruptions/quantize.hpp"
#include "datasets/corruptions/salt_and_pepper.hpp"
#include "datasets/corruptions/speckle.hpp"

namespace adjoint {
namespace {

/// A corruption has apply(), and output_shape() if it may refuse an image or change its shape.
template <class Type>
constexpr Kind<CorruptionFamily> corruption(std::string_view name, std::string_view doc) {
  return Kind<CorruptionFamily>::of<Type>(
      name, doc, [](const Type& type, Random& random, Tensor& image) { type.apply(random, image); },
      {[](const std::any& settings, const Shape& image) {
        if constexpr (requires(const Type& type) { type.output_shape(image); })
          return std::any_cast<const Type&>(settings).output_shape(image);
        else
          return image;
      }});
}

constexpr std::array kCorruptions{
    corruption<GaussianNoise>("gaussian", "additive white noise"),
    corruption<PoissonNoise>("poisson", "photon noise, as in photographs taken in low light"),
    corruption<SaltAndPepper>("salt_and_pepper", "dead pixels, white and black"),
    corruption<Speckle>("speckle", "multiplicative noise, as in radar and ultrasound images"),
    corruption<Mask>("mask", "masked pixels, boxes or cells of a grid"),
    corruption<Blur>("blur", "convolution with a Gaussian"),
    corruption<Downsample>("downsample", "downsampling, which loses detail"),
    corruption<JpegArtifacts>("jpeg", "JPEG artifacts"),
    corruption<Quantize>("quantize", "rounding to a few evenly spaced levels"),
};

}  // namespace

std::span<const Kind<CorruptionFamily>> CorruptionFamily::kinds() {
  return kCorruptions;
}

void CorruptionSpec::keys(Keys& key) {
  kind.keys(key, "kind of corruption", /*required=*/true);
  key("clip", clip, "whether the result is clipped to [0, 1]");
}

Tensor corrupted(const std::vector<CorruptionSpec>& corruptions, std::uint64_t seed,
                 std::uint32_t epoch, Index index, ConstView clean, Purpose purpose) {
  Tensor sample = copy_of(clean);
  std::uint16_t position = 0;
  for (const CorruptionSpec& spec : corruptions) {
    Random random({.seed = seed,
                   .purpose = purpose,
                   .salt = position++,
                   .epoch = epoch,
                   .index = static_cast<std::uint32_t>(index)});
    spec.kind.make(random, sample);
    if (!spec.clip) continue;
    for (Real& x : view(sample).flat()) x = std::clamp(x, Real{0}, Real{1});
  }
  return sample;
}

Shape corrupted_shape(const std::vector<CorruptionSpec>& corruptions, Shape clean) {
  for (const auto& [corruption, clip] : corruptions)
    clean = corruption.kind().traits.output_shape(corruption.settings(), clean);
  return clean;
}

}  // namespace adjoint
