#include "framework/conv/zero_insertion.hpp"

#include <algorithm>
#include <cassert>

namespace adjoint {
namespace {

Tensor turned_kernel(const ConvGeometry& g, ConstView kernel) {
  const Index group_c = g.image_channels_per_group();
  const Index group_k = g.feature_channels_per_group();
  const Index taps = g.kernel.h * g.kernel.w;
  Tensor turned = make_tensor({g.kernel.h, g.kernel.w, group_k, g.image.channels});
  Real* out = turned.data();
  for (Index tap = 0; tap < taps; ++tap)
    for (Index k = 0; k < group_k; ++k)
      for (Index c = 0; c < g.image.channels; ++c)
        *out++ = kernel[((taps - 1 - tap) * group_c + c % group_c) * g.features.channels +
                        c / group_c * group_k + k];
  return turned;
}

}  // namespace

ZeroInsertion insert_zeros(const ConvGeometry& g, ConstView features, ConstView kernel) {
  assert(features.shape.sample() == g.features.shape());
  const Index reach_h = g.dilation.h * (g.kernel.h - 1);
  const Index reach_w = g.dilation.w * (g.kernel.w - 1);
  const Plane plane{g.image.h + reach_h, g.image.w + reach_w, g.features.channels};

  ZeroInsertion result;
  result.zeros = {g.stride.h - 1, g.stride.w - 1};
  Padding& padding = result.padding;
  padding.top = reach_h - g.padding.top;
  padding.left = reach_w - g.padding.left;
  padding.bottom = plane.h - padding.top - ((g.features.h - 1) * g.stride.h + 1);
  padding.right = plane.w - padding.left - ((g.features.w - 1) * g.stride.w + 1);
  result.geometry = ConvGeometry::from_image(
      {.kernel = g.kernel, .dilation = g.dilation, .groups = g.groups}, plane, g.image.channels);
  result.kernel = turned_kernel(g, kernel);

  const Index batch = features.shape[0];
  result.spread = make_tensor(plane.shape().batched(batch), 0);
  const Real* from = features.data;
  for (Index n = 0; n < batch; ++n)
    for (Index row = 0; row < g.features.h; ++row)
      for (Index column = 0; column < g.features.w; ++column, from += plane.channels) {
        const Index y = row * g.stride.h + padding.top;
        const Index x = column * g.stride.w + padding.left;
        if (y < 0 || y >= plane.h || x < 0 || x >= plane.w) continue;  // cropped
        std::copy_n(from, plane.channels,
                    result.spread.data() + ((n * plane.h + y) * plane.w + x) * plane.channels);
      }
  return result;
}

}  // namespace adjoint
