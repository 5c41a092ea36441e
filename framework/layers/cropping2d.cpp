#include "framework/layers/cropping2d.hpp"

#include "framework/layers/border.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {

Shape Cropping2D::output_shape(const LayerShapes& shapes) const {
  const Plane image = image_input(*this, shapes);
  const auto& [top, bottom, left, right] = settings_.cropping;
  const Shape output{image.h - top - bottom, image.w - left - right, image.channels};
  if (output[0] < 1 || output[1] < 1) {
    throw InputError("Cropping2D: cropping {} {} {} {} leaves nothing of an image of {}x{}", top,
                     bottom, left, right, image.h, image.w);
  }
  return output;
}

void Cropping2D::forward(const ForwardPass& pass) const {
  remove_border(pass.inputs[0], settings_.cropping, Border::constant, pass.output);
}

void Cropping2D::backward(const BackwardPass& pass) const {
  if (!pass.input_gradients[0]) return;
  add_border(pass.output_gradient, settings_.cropping, Border::constant, pass.input_gradients[0]);
}

LayerWindow Cropping2D::window(const LayerShapes&) const {
  return {{.pad_before = -settings_.cropping.top}, {.pad_before = -settings_.cropping.left}};
}

void Cropping2D::Settings::keys(Keys& key) {
  key("cropping", cropping, "rows and columns to crop");
}

}  // namespace adjoint
