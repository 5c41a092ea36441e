#include "inference/images/image_sizes.hpp"

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

// Sizes that are tried beyond the one asked for: more than the product of any usual strides.
constexpr Index kMostPadding = 512;

/// Output pixels for each input pixel along one axis; 1 where that is no whole number.
Index scale_along(const Model& model, int axis) {
  // A multiple of any usual stride, so that what "valid" cuts off cancels out.
  constexpr Index kFurther = 20160;
  const Shape near = model.example_shape();
  Shape far = near;
  if (model.input_shape()[axis] == 0) far[axis] += kFurther;
  try {
    Index input = near[axis], output = model.infer(near).back()[axis];
    if (far[axis] != near[axis]) {
      input = kFurther;
      output = model.infer(far).back()[axis] - output;
    }
    return output > 0 && output % input == 0 ? output / input : 1;
  } catch (const InputError&) {
    return 1;
  }
}

Extent2 scale_of(const Model& model) {
  if (model.nodes().back().layer == nullptr ||
      model.infer(model.example_shape()).back().rank() != 3)
    return {1, 1};
  return {scale_along(model, 0), scale_along(model, 1)};
}

/// The input from which a model that enlarges makes at least this size.
Extent2 input_size(const Extent2& output, const Extent2& scale) {
  return {(output.h + scale.h - 1) / scale.h, (output.w + scale.w - 1) / scale.w};
}

}  // namespace

ImageSizes::ImageSizes(const Model& model) : model_(model), scale_(scale_of(model)) {}

bool ImageSizes::fits(const Extent2& size) const {
  try {
    return model_.infer(sample(size)).back() == sample({size.h * scale_.h, size.w * scale_.w});
  } catch (const InputError&) {
    return false;
  }
}

/// Side of a square image that the model reconstructs at its own size.
Index ImageSizes::fitting_square() const {
  const Index example = model_.example_shape()[0];
  for (Index side = example; side <= example + kMostPadding; ++side) {
    if (fits({side, side})) return side;
  }
  throw InputError("the model reconstructs no image at its own size");
}

Extent2 ImageSizes::allowed(const Extent2& size) const {
  const Shape& fixed = model_.input_shape();
  if (fixed[0] != 0) {
    if (size == Extent2{fixed[0], fixed[1]}) return size;
    throw InputError(
        "the model takes images of {}x{} alone, because a layer of it depends on the size; got "
        "{}x{}",
        fixed[0], fixed[1], size.h, size.w);
  }
  if (fits(size)) return size;
  // The axes do not depend on each other: find each beside a size of the other that fits.
  const Index square = fitting_square();
  Extent2 allowed{0, 0};
  for (Index more = 0; more <= kMostPadding && allowed.h == 0; ++more) {
    if (fits({size.h + more, square})) allowed.h = size.h + more;
  }
  for (Index more = 0; more <= kMostPadding && allowed.w == 0; ++more) {
    if (fits({square, size.w + more})) allowed.w = size.w + more;
  }
  if (allowed.h == 0 || allowed.w == 0 || !fits(allowed)) {
    throw InputError("the model reconstructs no image near {}x{} at its own size", size.h, size.w);
  }
  return allowed;
}

Extent2 ImageSizes::of_codes(Index latent, const Shape& code, std::optional<Extent2> output) const {
  const auto code_of = [&](const Extent2& size) {
    return model_.infer(sample(size))[static_cast<std::size_t>(latent)];
  };
  const Shape& fixed = model_.input_shape();
  Extent2 size{0, 0};
  if (output) {
    size = allowed(input_size(*output, scale_));
  } else if (fixed[0] != 0) {
    size = {fixed[0], fixed[1]};
  } else if (code.rank() == 3) {
    const Index square = fitting_square();
    // The largest extent whose codes have that many rows, or columns.
    const auto largest = [&](int axis) {
      Index found = 0;
      for (Index extent = 1; extent <= code[axis] * kMostPadding; ++extent) {
        const Extent2 tried = axis == 0 ? Extent2{extent, square} : Extent2{square, extent};
        if (fits(tried) && code_of(tried)[axis] == code[axis]) {
          found = extent;
        } else if (found > 0) {
          break;
        }
      }
      return found;
    };
    size = {largest(0), largest(1)};
  }
  if (size.h == 0 || size.w == 0 || !fits(size) || !(code_of(size) == code)) {
    throw InputError("no image has codes of {}{}; were they made with this model?", to_string(code),
                     output ? " and the size that --size names" : "");
  }
  return size;
}

}  // namespace adjoint
