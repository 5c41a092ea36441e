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
    const Engine& engine = choose_engine(geometry, product, request.options.engine);
    Part& part = parts_[slot(product)];
    EngineRequest own = request;
    if (product != request.follow.product) own.follow = {};
    part = {.engine = engine.name, .product = engine.prepare(geometry, product, own)};
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

void Convolution::pack(const Real* kernel, Real* packed) const {
  for (Product product : {Product::forward, Product::backward_data}) {
    const Part& p = part(product);
    if (p.product) p.product->pack(kernel, packed + p.packed_offset);
  }
}

const Packing* Convolution::gradient_packing() const {
  const Packing* packing = part(Product::backward_kernel).product.get();
  return packing && packing->packed_size() > 0 ? packing : nullptr;
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

void Convolution::backward_kernel(ConstView image, ConstView features, View kernel_gradient,
                                  const Memory& memory) const {
  check(geometry_, image.shape, features.shape);
  run(Product::backward_kernel,
      {.batch = image.shape[0],
       .image = operand(image),
       .kernel = kernel_gradient.data,
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
