#include "framework/layers/zero_padding2d.hpp"

#include <algorithm>
#include <array>

#include "framework/layers/image_input.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

constexpr std::array<std::string_view, 4> kModes{"constant", "reflect", "symmetric", "replicate"};

Border border_of(const std::string& mode) {
  const auto* const name = std::ranges::find(kModes, mode);
  if (name == kModes.end()) throw InputError("ZeroPadding2D: there is no mode \"{}\"", mode);
  return static_cast<Border>(name - kModes.begin());
}

}  // namespace

ZeroPadding2D::ZeroPadding2D(const Settings& settings)
    : settings_(settings), border_(border_of(settings.mode)) {}

Shape ZeroPadding2D::output_shape(const LayerShapes& shapes) const {
  const Plane image = image_input(*this, shapes);
  const auto& [top, bottom, left, right] = settings_.padding;
  if (border_reach(border_, std::max(top, bottom)) > image.h ||
      border_reach(border_, std::max(left, right)) > image.w) {
    throw InputError(
        "ZeroPadding2D: mode = \"{}\" cannot fill a padding of {} {} {} {} from an image of {}x{}; "
        "take less padding or mode = \"replicate\"",
        settings_.mode, top, bottom, left, right, image.h, image.w);
  }
  return {top + image.h + bottom, left + image.w + right, image.channels};
}

void ZeroPadding2D::forward(const ForwardPass& pass) const {
  add_border(pass.inputs[0], settings_.padding, border_, pass.output);
}

void ZeroPadding2D::backward(const BackwardPass& pass) const {
  if (!pass.input_gradients[0]) return;
  remove_border(pass.output_gradient, settings_.padding, border_, pass.input_gradients[0]);
}

LayerWindow ZeroPadding2D::window(const LayerShapes&) const {
  const auto& [top, bottom, left, right] = settings_.padding;
  return {{.pad_before = top, .mirrored = border_reach(border_, std::max(top, bottom))},
          {.pad_before = left, .mirrored = border_reach(border_, std::max(left, right))}};
}

void ZeroPadding2D::Settings::keys(Keys& key) {
  key("padding", padding, "rows and columns added around the image");
  key("mode", mode, "filled with zeros (constant), the mirrored image or the repeated edge",
      one_of({kModes.begin(), kModes.end()}));
}

}  // namespace adjoint
