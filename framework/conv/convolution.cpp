#include "framework/conv/convolution.hpp"

#include <algorithm>
#include <cassert>

namespace adjoint {
namespace {

void check([[maybe_unused]] const ConvGeometry& g, [[maybe_unused]] const Shape& image,
           [[maybe_unused]] const Shape& features) {
  assert(image == g.image.shape().batched(image[0]));
  assert(features == g.features.shape().batched(image[0]));
}

/// A product writes one of its operands only: its result.
Real* operand(ConstView view) {
  return const_cast<Real*>(view.data);
}

}  // namespace

Convolution::Convolution(const ConvGeometry& geometry, const EngineRequest& request,
                         std::initializer_list<Product> products)
    : geometry_(geometry) {
  Index packed = 0;
  for (Product product : products) {
    const Engine& engine = choose_engine(geometry, product, request.engine);
    Part& part = parts_[slot(product)];
    EngineRequest own = request;
    if (product != request.follow.product) own.follow = {};
    part = {.engine = engine.name(), .product = engine.prepare(geometry, product, own)};
    if (product == Product::backward_kernel) continue;
    part.packed_offset = packed;
    packed += part.product->packed_size();
  }
}

Index Convolution::scratch_size() const {
  Index size = 0;
  for (const Part& part : parts_) {
    if (part.product) size = std::max(size, part.product->scratch_size());
  }
  return size;
}

Index Convolution::packed_size() const {
  Index size = 0;
  for (Product product : {Product::forward, Product::backward_data}) {
    if (part(product).product) size += part(product).product->packed_size();
  }
  return size;
}

void Convolution::pack(ConstView kernel, View packed) const {
  for (Product product : {Product::forward, Product::backward_data}) {
    const Part& p = part(product);
    if (p.product && p.product->packed_size() > 0) {
      p.product->pack(kernel.data, packed.data + p.packed_offset);
    }
  }
}

Index Convolution::kernel_gradient_size() const {
  const Part& p = part(Product::backward_kernel);
  const Index packed = p.product ? p.product->packed_size() : 0;
  return packed > 0 ? packed : geometry_.kernel_shape().size();
}

void Convolution::unpack(ConstView packed_gradient, View kernel_gradient) const {
  const PreparedProduct& product = *part(Product::backward_kernel).product;
  if (product.packed_size() > 0) {
    product.unpack(packed_gradient.data, kernel_gradient.data);
  } else {
    std::ranges::copy(packed_gradient.flat(), kernel_gradient.data);
  }
}

void Convolution::forward(ConstView image, ConstView kernel, View features, const Memory& memory,
                          const Epilogue& epilogue) const {
  check(geometry_, image.shape, features.shape);
  run(Product::forward,
      {.batch = image.shape[0],
       .image = operand(image),
       .kernel = operand(kernel),
       .features = features.data,
       .epilogue = epilogue},
      memory);
}

void Convolution::backward_data(ConstView features, ConstView kernel, View image,
                                const Memory& memory, const Epilogue& epilogue) const {
  check(geometry_, image.shape, features.shape);
  run(Product::backward_data,
      {.batch = image.shape[0],
       .image = image.data,
       .kernel = operand(kernel),
       .features = operand(features),
       .epilogue = epilogue},
      memory);
}

void Convolution::backward_kernel(ConstView image, ConstView features, View packed_gradient,
                                  const Memory& memory) const {
  check(geometry_, image.shape, features.shape);
  run(Product::backward_kernel,
      {.batch = image.shape[0],
       .image = operand(image),
       .kernel = packed_gradient.data,
       .features = operand(features)},
      memory);
}

void Convolution::run(Product product, const ConvOperands& operands, const Memory& memory) const {
  const Part& p = part(product);
  ConvOperands own = operands;
  if (product != Product::backward_kernel && p.product->packed_size() > 0) {
    own.kernel = operand(memory.packed) + p.packed_offset;
  }
  p.product->run(own, memory.scratch.data);
}

}  // namespace adjoint
