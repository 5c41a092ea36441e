#include "models/presets/preset_table.hpp"

#include "models/presets/autoencoder.hpp"
#include "models/presets/denoiser.hpp"
#include "models/presets/red_net.hpp"
#include "models/presets/super_resolution.hpp"
#include "models/presets/u_net.hpp"
#include "models/presets/variational.hpp"

namespace adjoint {
namespace {

template <class Preset>
constexpr Kind<PresetFamily> preset(std::string_view name, std::string_view doc,
                                    const PresetFamily::Traits& traits = {}) {
  return Kind<PresetFamily>::of<Preset>(
      name, doc, [](const Preset& settings, const Shape& input) { return settings.layers(input); },
      traits);
}

constexpr Kind<PresetFamily> kPresets[] = {
    preset<DenoiserPreset>("denoiser", "a residual U-Net that estimates the noise of an image"),
    preset<UNetPreset>("u-net",
                       "an encoder and a decoder with concatenated skips: fills in what is hidden"),
    preset<AutoencoderPreset>("autoencoder",
                              "strided convolutions to a small code, and their transposes back"),
    preset<VariationalPreset>("variational",
                              "a variational autoencoder for images of one size: makes new images",
                              {.any_size = false}),
    preset<RedNetPreset>(
        "red-net", "convolutions at full size and their transposes, with added symmetric skips"),
    preset<SuperResolutionPreset>(
        "super-resolution", "enlarges images: sub-pixel convolution added to bicubic enlargement",
        {.enlarges =
             [](const std::any& settings) {
               return std::any_cast<const SuperResolutionPreset&>(settings).factor;
             }}),
};

}  // namespace

std::span<const Kind<PresetFamily>> PresetFamily::kinds() {
  return kPresets;
}

}  // namespace adjoint
