#include "framework/layers/zero_padding2d.hpp"

#include <algorithm>

#include "framework/tensor/error.hpp"

namespace adjoint {
Shape ZeroPadding2D::output_shape(const LayerShapes& shapes) const {
  const Plane image = image_input(*this, shapes);
  const auto& [top, bottom, left, right] = settings_.padding;
  if (border_reach(settings_.mode, std::max(top, bottom)) > image.h ||
      border_reach(settings_.mode, std::max(left, right)) > image.w) {
    throw InputError(
        "ZeroPadding2D: mode = \"{}\" cannot fill a padding of {} {} {} {} from an image of {}x{}; "
        "take less padding or mode = \"replicate\"",
        name_of(settings_.mode), top, bottom, left, right, image.h, image.w);
  }
  return {top + image.h + bottom, left + image.w + right, image.channels};
}

void ZeroPadding2D::forward(const ForwardPass& pass) const {
  add_border(pass.inputs[0], settings_.padding, settings_.mode, pass.output);
}

void ZeroPadding2D::backward(const BackwardPass& pass) const {
  if (!pass.input_gradients[0]) return;
  remove_border(pass.output_gradient, settings_.padding, settings_.mode, pass.input_gradients[0]);
}

LayerWindow ZeroPadding2D::window(const LayerShapes&) const {
  const auto& [top, bottom, left, right] = settings_.padding;
  return {{.pad_before = top, .mirrored = border_reach(settings_.mode, std::max(top, bottom))},
          {.pad_before = left, .mirrored = border_reach(settings_.mode, std::max(left, right))}};
}

void ZeroPadding2D::Settings::keys(Keys& key) {
  key("padding", padding, "rows and columns added around the image");
  key("mode", mode, "filled with zeros (constant), the mirrored image or the repeated edge");
}

}  // namespace adjoint
