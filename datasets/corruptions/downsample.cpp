#include "datasets/corruptions/downsample.hpp"

#include "datasets/image_ops.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {

void Downsample::keys(Keys& key) {
  key("factor", factor, "downsampling factor of height and width", between(1, 64));
  key("filter", filter, "filter that shrinks the image");
  key("keep_size", keep_size,
      "whether the image is enlarged again; false: the model sees it small (super-resolution)");
  if (keep_size) key("interpolation", interpolation, "interpolation that enlarges it again");
}

void Downsample::apply(Random& /*random*/, Tensor& image) const {
  const Shape shape = shape_of(image);
  // The last pixels of an odd size share one.
  const Index height = (shape[0] + factor - 1) / factor, width = (shape[1] + factor - 1) / factor;
  const Filter shrink = filter == Shrinking::average ? Filter::box : Filter::cubic;
  Tensor small = resized(view(std::as_const(image)), height, width, shrink);
  if (keep_size) {
    constexpr Filter kFilters[] = {Filter::cubic, Filter::triangle, Filter::box};
    const Filter enlarge = kFilters[static_cast<std::size_t>(interpolation)];
    image = resized(view(std::as_const(small)), shape[0], shape[1], enlarge);
  } else {
    image = std::move(small);
  }
}

Shape Downsample::output_shape(const Shape& image) const {
  if (keep_size) return image;
  if (image[0] % factor != 0 || image[1] % factor != 0) {
    throw InputError(
        "corruption \"downsample\": images of {}x{} are no multiple of the factor {}; cut them to "
        "one, with crop of [augmentation] or patches of [data]",
        image[0], image[1], factor);
  }
  return {image[0] / factor, image[1] / factor, image[2]};
}

}  // namespace adjoint
