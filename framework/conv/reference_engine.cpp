// The definition of a convolution, written so that it can be checked by reading. Everything else
// is tested against it.

#include <algorithm>

#include "framework/conv/engine_list.hpp"

namespace adjoint {
namespace {

/// Calls body(image element, kernel element, feature element) for every term of the convolution.
/// The three products sum the same terms, each over two of the three.
template <class Body>
void for_each_term(const ConvGeometry& g, Index batch, Body body) {
  const auto [H, W, C] = g.image;
  const auto [h, w, K] = g.features;
  const Index group_c = g.image_channels_per_group();
  const Index group_k = g.feature_channels_per_group();
  for (Index n = 0; n < batch; ++n)
    for (Index row = 0; row < h; ++row)
      for (Index column = 0; column < w; ++column)
        for (Index ky = 0; ky < g.kernel.h; ++ky)
          for (Index kx = 0; kx < g.kernel.w; ++kx) {
            const Index y = row * g.stride.h + ky * g.dilation.h - g.padding.top;
            const Index x = column * g.stride.w + kx * g.dilation.w - g.padding.left;
            if (y < 0 || y >= H || x < 0 || x >= W) continue;  // the padding is zero
            for (Index c = 0; c < group_c; ++c)
              for (Index k = 0; k < K; ++k)
                body(((n * H + y) * W + x) * C + k / group_k * group_c + c,
                     ((ky * g.kernel.w + kx) * group_c + c) * K + k,
                     ((n * h + row) * w + column) * K + k);
          }
}

class ReferenceProduct final : public PreparedProduct {
 public:
  ReferenceProduct(const ConvGeometry& geometry, Product product)
      : geometry_(geometry), product_(product) {}

  void run(const ConvOperands& operands, Real* /*scratch*/) const override {
    const Index batch = operands.batch;
    Real *const image = operands.image, *const kernel = operands.kernel;
    Real* const features = operands.features;
    const ConvGeometry& g = geometry_;
    switch (product_) {
      case Product::forward:
        std::fill_n(features, batch * g.features.shape().size(), Real{0});
        for_each_term(g, batch,
                      [=](Index i, Index k, Index f) { features[f] += image[i] * kernel[k]; });
        break;
      case Product::backward_data:
        std::fill_n(image, batch * g.image.shape().size(), Real{0});
        for_each_term(g, batch,
                      [=](Index i, Index k, Index f) { image[i] += kernel[k] * features[f]; });
        break;
      case Product::backward_kernel:
        std::fill_n(kernel, g.kernel_shape().size(), Real{0});
        for_each_term(g, batch,
                      [=](Index i, Index k, Index f) { kernel[k] += image[i] * features[f]; });
        break;
    }
    apply_epilogue(g, product_, operands);
  }

 private:
  ConvGeometry geometry_;
  Product product_;
};

}  // namespace

const Engine reference_engine{
    .name = "reference",
    .prepare = [](const ConvGeometry& g, Product product,
                  const EngineRequest&) -> std::unique_ptr<PreparedProduct> {
      return std::make_unique<ReferenceProduct>(g, product);
    }};

}  // namespace adjoint
