#pragma once

#include <array>
#include <string_view>

#include "datasets/blind_spots.hpp"

namespace adjoint {

/// What a model is trained to make of an input.
enum class TargetKind {
  clean,        // the image that the corruptions, or the camera of a pair, have spoiled
  noise2noise,  // a second noisy version of it (Lehtinen et al., ICML 2018)
  noise2void,   // the noisy image itself, at pixels that the model does not see
};
constexpr std::array<std::string_view, 3> config_names(TargetKind) {
  return {"clean", "noise2noise", "noise2void"};
}

/// The targets of a training or a validation.
struct Target {
  TargetKind kind = TargetKind::clean;
  BlindSpots blind_spots = {};  // of noise2void
};

}  // namespace adjoint
