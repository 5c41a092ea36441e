#pragma once

// The three products as functions of tensors, over poisoned memory: results and scratch are full of
// NaN before, and a margin of NaN behind them must survive.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "framework/conv/convolution.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {

class Poisoned {
 public:
  explicit Poisoned(const Shape& shape)
      : shape_(shape),
        data_(static_cast<std::size_t>(shape.size() + kMargin),
              std::numeric_limits<Real>::quiet_NaN()) {}

  View view() { return {data_.data(), shape_}; }
  bool margin_holds() const {
    return std::all_of(data_.end() - kMargin, data_.end(), [](Real x) { return std::isnan(x); });
  }

 private:
  static constexpr Index kMargin = 16;
  Shape shape_;
  std::vector<Real> data_;
};

template <class Compute>
Tensor on_poisoned_memory(const Convolution& convolution, const Shape& shape, const Tensor* kernel,
                          Compute compute, Index bands = 1) {
  Poisoned result(shape), scratch({convolution.scratch_size()});
  Poisoned packed({convolution.packed_size()});
  if (kernel) convolution.pack(kernel->data(), packed.view().data);
  for (Index band = bands - 1; band >= 0; --band)
    compute(result.view(), {.packed = packed.view(), .scratch = scratch.view(), .band = band});
  EXPECT_TRUE(result.margin_holds()) << "wrote behind its result";
  EXPECT_TRUE(scratch.margin_holds()) << "wrote behind its scratch";
  EXPECT_TRUE(packed.margin_holds()) << "wrote behind its packed kernel";
  return copy_of(result.view());
}

inline Tensor forward(const Convolution& c, const Tensor& image, const Tensor& kernel,
                      const Epilogue& epilogue = {}) {
  const Shape shape = c.geometry().features.shape().batched(shape_of(image)[0]);
  return on_poisoned_memory(
      c, shape, &kernel,
      [&](View features, const Convolution::Memory& memory) {
        c.forward(view(image), view(kernel), features, memory, epilogue);
      },
      c.bands(Product::forward));
}

inline Tensor backward_data(const Convolution& c, const Tensor& features, const Tensor& kernel,
                            const Epilogue& epilogue = {}) {
  const Shape shape = c.geometry().image.shape().batched(shape_of(features)[0]);
  return on_poisoned_memory(
      c, shape, &kernel,
      [&](View image, const Convolution::Memory& memory) {
        c.backward_data(view(features), view(kernel), image, memory, epilogue);
      },
      c.bands(Product::backward_data));
}

inline Tensor backward_kernel(const Convolution& c, const Tensor& image, const Tensor& features) {
  const Packing* packing = c.gradient_packing();
  const Shape plain = c.geometry().kernel_shape();
  const Tensor result =
      on_poisoned_memory(c, packing ? Shape{packing->packed_size()} : plain, nullptr,
                         [&](View gradient, const Convolution::Memory& memory) {
                           c.backward_kernel(view(image), view(features), gradient, memory);
                         });
  if (!packing) return result;
  return on_poisoned_memory(c, plain, nullptr, [&](View gradient, const Convolution::Memory&) {
    packing->unpack(result.data(), gradient.data);
  });
}

inline std::vector<std::string> engine_names_but_reference() {
  std::vector<std::string> names = engine_names();
  std::erase(names, "reference");
  return names;
}

/// A convolution whose engine computes all that it does not refuse, and the reference the rest.
class PartlyBy {
 public:
  PartlyBy(const ConvGeometry& g, std::string_view name, Index batch = 1,
           Precision precision = Precision::float32) {
    for (Product product : Convolution::kProducts) {
      refused_[static_cast<std::size_t>(product)] = !engine(name).refusal(g, product).empty();
      const std::string chosen(refuses(product) ? "reference" : name);
      parts_.emplace_back(
          g, EngineRequest{.options = {.engine = chosen, .precision = precision}, .batch = batch},
          std::initializer_list<Product>{product});
    }
  }
  bool refuses(Product product) const { return refused_[static_cast<std::size_t>(product)]; }
  const Convolution& operator[](Product product) const {
    return parts_[static_cast<std::size_t>(product)];
  }

 private:
  std::vector<Convolution> parts_;
  std::array<bool, 3> refused_{};
};

inline Tensor forward(const PartlyBy& by, const Tensor& image, const Tensor& kernel) {
  return forward(by[Product::forward], image, kernel);
}
inline Tensor backward_data(const PartlyBy& by, const Tensor& features, const Tensor& kernel) {
  return backward_data(by[Product::backward_data], features, kernel);
}
inline Tensor backward_kernel(const PartlyBy& by, const Tensor& image, const Tensor& features) {
  return backward_kernel(by[Product::backward_kernel], image, features);
}

/// A tensor of that shape with these elements.
inline Tensor tensor_of(const Shape& shape, const std::vector<Real>& elements) {
  EXPECT_EQ(shape.size(), static_cast<Index>(elements.size()));
  return copy_of(ConstView(elements.data(), shape));
}

/// 1, 2, 3, ...
inline Tensor counting(const Shape& shape) {
  Tensor tensor = make_tensor(shape);
  Real next = 0;
  for (Real& x : tensor) x = ++next;
  return tensor;
}

}  // namespace adjoint
