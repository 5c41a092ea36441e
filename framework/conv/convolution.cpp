#include "framework/conv/convolution.hpp"

#include <algorithm>
#include <cassert>

#include "framework/tensor/aligned_vector.hpp"

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
                         std::initializer_list<Product> products, Index most_bands)
    : geometry_(geometry) {
  for (Product product : products) {
    EngineRequest own = request;
    if (product != request.follow.product) own.follow = {};
    parts_[slot(product)] = prepare(product, own, most_bands);
  }
}

Convolution::Part Convolution::prepare(Product product, const EngineRequest& request,
                                       Index most_bands) {
  const Engine& engine = choose_engine(geometry_, product, request.options);
  std::vector<RowBand> cut{{geometry_}};
  if (product != Product::backward_kernel) cut = row_bands(geometry_, product, most_bands);
  // Bands of one geometry stand beside each other.
  const auto is_new = [&](std::size_t i) {
    return i == 0 || !(cut[i].geometry == cut[i - 1].geometry);
  };
  // All bands by the engine that suits the whole, or none.
  for (std::size_t i = 0; cut.size() > 1 && i < cut.size(); ++i) {
    if (is_new(i) && !engine.refusal(cut[i].geometry, product).empty()) cut = {{geometry_}};
  }
  Part part{.engine = engine.name};
  EngineRequest own = request;
  if (cut.size() > 1) own.batch = 1;  // see run()
  for (std::size_t i = 0; i < cut.size(); ++i) {
    Band band{.image_row = cut[i].image_row, .feature_row = cut[i].feature_row};
    if (!is_new(i)) {
      band.product = part.bands.back().product;
      band.packed_offset = part.bands.back().packed_offset;
    } else {
      band.product = engine.prepare(cut[i].geometry, product, own);
      band.packed_offset = packed_size_;
      if (product != Product::backward_kernel) packed_size_ += aligned(band.product->packed_size());
      scratch_size_ = std::max(scratch_size_, aligned(band.product->scratch_size()));
    }
    part.bands.push_back(std::move(band));
  }
  return part;
}

void Convolution::pack(const Real* kernel, Real* packed) const {
  for (Product product : {Product::forward, Product::backward_data}) {
    const PreparedProduct* last = nullptr;
    for (const Band& band : part(product).bands) {
      if (band.product.get() != last) band.product->pack(kernel, packed + band.packed_offset);
      last = band.product.get();
    }
  }
}

const Packing* Convolution::gradient_packing() const {
  const Part& p = part(Product::backward_kernel);
  if (p.bands.empty() || p.bands[0].product->packed_size() == 0) return nullptr;
  return p.bands[0].product.get();
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
  const std::vector<Band>& bands = part(product).bands;
  ConvOperands own = operands;
  const auto run_one = [&](const Band& band) {
    if (product != Product::backward_kernel && band.product->packed_size() > 0)
      own.kernel = operand(memory.packed) + band.packed_offset;
    band.product->run(own, memory.scratch.data);
  };
  if (bands.size() == 1) return run_one(bands[0]);
  // The rows of a band lie beside each other in one image alone.
  own.batch = 1;
  for (Index n = 0; n < operands.batch; ++n) {
    for (std::size_t i = 0; i < bands.size(); ++i) {
      if (memory.band >= 0 && memory.band != static_cast<Index>(i)) continue;
      const Plane &image = geometry_.image, &features = geometry_.features;
      own.image = operands.image + (n * image.h + bands[i].image_row) * image.w * image.channels;
      own.features = operands.features +
                     (n * features.h + bands[i].feature_row) * features.w * features.channels;
      run_one(bands[i]);
    }
  }
}

}  // namespace adjoint
