#include "framework/conv/convolution.hpp"

#include <algorithm>
#include <cassert>

namespace adjoint {
namespace {

constexpr std::array kProducts{Product::forward, Product::backward_data, Product::backward_kernel};

std::size_t slot(Product product) {
  return static_cast<std::size_t>(product);
}

void check([[maybe_unused]] const ConvGeometry& g, [[maybe_unused]] const Shape& image,
           [[maybe_unused]] const Shape& kernel, [[maybe_unused]] const Shape& features) {
  assert(image == g.image.shape().batched(image[0]));
  assert(kernel.size() == g.kernel_shape().size());
  assert(features == g.features.shape().batched(image[0]));
}

/// An engine writes one of its operands only: the product's result.
Real* operand(ConstView view) {
  return const_cast<Real*>(view.data);
}

}  // namespace

Convolution::Convolution(const ConvGeometry& geometry, std::string_view engine)
    : geometry_(geometry) {
  for (Product product : kProducts) {
    const Engine& chosen = choose_engine(geometry, product, engine);
    engine_[slot(product)] = chosen.name();
    products_[slot(product)] = chosen.prepare(geometry, product);
  }
}

std::string_view Convolution::engine_of(Product product) const {
  return engine_[slot(product)];
}

Index Convolution::scratch_size() const {
  Index size = 0;
  for (const auto& product : products_) size = std::max(size, product->scratch_size());
  return size;
}

void Convolution::forward(ConstView image, ConstView kernel, View features, View scratch) const {
  check(geometry_, image.shape, kernel.shape, features.shape);
  products_[slot(Product::forward)]->run({.batch = image.shape[0],
                                          .image = operand(image),
                                          .kernel = operand(kernel),
                                          .features = features.data},
                                         scratch.data);
}

void Convolution::backward_data(ConstView features, ConstView kernel, View image,
                                View scratch) const {
  check(geometry_, image.shape, kernel.shape, features.shape);
  products_[slot(Product::backward_data)]->run({.batch = image.shape[0],
                                                .image = image.data,
                                                .kernel = operand(kernel),
                                                .features = operand(features)},
                                               scratch.data);
}

void Convolution::backward_kernel(ConstView image, ConstView features, View kernel,
                                  View scratch) const {
  check(geometry_, image.shape, kernel.shape, features.shape);
  products_[slot(Product::backward_kernel)]->run({.batch = image.shape[0],
                                                  .image = operand(image),
                                                  .kernel = kernel.data,
                                                  .features = operand(features)},
                                                 scratch.data);
}

}  // namespace adjoint
