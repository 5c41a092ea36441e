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
Tensor on_poisoned_memory(const Convolution& convolution, const Shape& shape, Compute compute) {
  Poisoned result(shape), scratch({convolution.scratch_size()});
  compute(result.view(), scratch.view());
  EXPECT_TRUE(result.margin_holds()) << "wrote behind its result";
  EXPECT_TRUE(scratch.margin_holds()) << "wrote behind its scratch";
  return copy_of(result.view());
}

inline Tensor forward(const Convolution& c, const Tensor& image, const Tensor& kernel) {
  const Shape shape = c.geometry().features.shape().batched(shape_of(image)[0]);
  return on_poisoned_memory(c, shape, [&](View features, View scratch) {
    c.forward(view(image), view(kernel), features, scratch);
  });
}

inline Tensor backward_data(const Convolution& c, const Tensor& features, const Tensor& kernel) {
  const Shape shape = c.geometry().image.shape().batched(shape_of(features)[0]);
  return on_poisoned_memory(c, shape, [&](View image, View scratch) {
    c.backward_data(view(features), view(kernel), image, scratch);
  });
}

inline Tensor backward_kernel(const Convolution& c, const Tensor& image, const Tensor& features) {
  return on_poisoned_memory(c, c.geometry().kernel_shape(), [&](View kernel, View scratch) {
    c.backward_kernel(view(image), view(features), kernel, scratch);
  });
}

inline std::vector<std::string> engine_names() {
  std::vector<std::string> names;
  for (const Engine* engine : engines()) names.emplace_back(engine->name());
  return names;
}

inline std::vector<std::string> engine_names_but_reference() {
  std::vector<std::string> names = engine_names();
  std::erase(names, "reference");
  return names;
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
