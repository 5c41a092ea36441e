#include "framework/layers/global_average_pooling2d.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "framework/layers/global_average_pooling2d.cpp"
#include <hwy/foreach_target.h>

#include "framework/pointwise/channels.inl"

HWY_BEFORE_NAMESPACE();
namespace adjoint::HWY_NAMESPACE {
namespace {

/// means[c] = the mean of one image's channel c; `size` elements.
void average_channels(const Real* image, Index size, Index channels, Real* means) {
  const auto pixels = static_cast<double>(size / channels);
  const auto add_row = [=](Index first, Index width, Real(&sums)[1][kRow]) HWY_ATTR {
    const Real* const row = image + first;
    Real* const sum = sums[0];
    for_each(width, [=](auto d, Index i) HWY_ATTR {
      hn::StoreU(hn::Add(hn::LoadU(d, sum + i), hn::LoadU(d, row + i)), d, sum + i);
    });
  };
  for_each_group(size, channels, [&](const ChannelGroup& group) HWY_ATTR {
    sum_rows<Real, 1>(group, size, add_row, [=](Index c, const double(&total)[1]) HWY_ATTR {
      means[c] = static_cast<Real>(total[0] / pixels);
    });
  });
}

/// Every pixel of one image gets its share of the means' gradient.
void spread_channels(const Real* gradient, Index size, Index channels, Real* image) {
  const auto pixels = static_cast<double>(size / channels);
  for_each_group(size, channels, [&](const ChannelGroup& group) HWY_ATTR {
    Real shares[kRow];
    fill_row(group, shares, [=](Index c) HWY_ATTR { return gradient[c] / pixels; });
    for_each_row(group, size, [&](Index first, Index width) HWY_ATTR {
      std::copy_n(shares, width, image + first);
    });
  });
}

}  // namespace
}  // namespace adjoint::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace adjoint {

HWY_EXPORT(average_channels);
HWY_EXPORT(spread_channels);

Shape GlobalAveragePooling2D::output_shape(const LayerShapes& shapes) const {
  const Index channels = image_input(*this, shapes).channels;
  return settings_.keepdims ? Shape{1, 1, channels} : Shape{channels};
}

void GlobalAveragePooling2D::forward(const ForwardPass& pass) const {
  const ConstView x = pass.inputs[0];
  for (Index n = 0; n < x.shape[0]; ++n) {
    const ConstView image = x.slice(n, 1);
    HWY_DYNAMIC_DISPATCH(average_channels)
    (image.data, image.size(), x.shape.back(), pass.output.slice(n, 1).data);
  }
}

void GlobalAveragePooling2D::backward(const BackwardPass& pass) const {
  const View dx = pass.input_gradients[0];
  if (!dx) return;
  for (Index n = 0; n < dx.shape[0]; ++n) {
    const View image = dx.slice(n, 1);
    HWY_DYNAMIC_DISPATCH(spread_channels)
    (pass.output_gradient.slice(n, 1).data, image.size(), dx.shape.back(), image.data);
  }
}

void GlobalAveragePooling2D::Settings::keys(Keys& key) {
  key("keepdims", keepdims, "keep height and width as axes of size 1");
}

}  // namespace adjoint
#endif
