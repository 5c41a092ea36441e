#include "inference/inspection/explain/request.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "framework/conv/gemm.hpp"
#include "framework/conv/matrix.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

/// The products of A with itself have the square of this many numbers.
constexpr Index kMostSide = 32;
constexpr Index kMostElements = kMostSide * kMostSide;

Tensor matrix_of(const Extent2& size, const std::vector<Real>& values, std::string_view what) {
  Tensor matrix = make_tensor({size.h, size.w});
  if (values.empty()) {
    Real next = 0;
    for (Real& x : matrix) x = ++next;
  } else if (static_cast<Index>(values.size()) != size.h * size.w) {
    throw InputError("the {} is {}x{}: expected {} values, got {}", what, size.h, size.w,
                     size.h * size.w, values.size());
  } else {
    std::copy(values.begin(), values.end(), matrix.begin());
  }
  return matrix;
}

ConvGeometry geometry_of(const ExplainRequest& request) {
  const ConvSpec spec{.kernel = request.kernel,
                      .stride = request.stride,
                      .dilation = request.dilation,
                      .padding = request.padding};
  const Plane input{request.input.h, request.input.w, 1};
  if (request.direction == Direction::transpose)
    return ConvGeometry::from_features(spec, input, 1, request.output_padding);
  if (request.output_padding)
    throw InputError("output_padding belongs to a transposed convolution: leave it out of conv");
  return ConvGeometry::from_image(spec, input, 1);
}

/// M M^T, or M^T M for `transposed_first`.
Tensor product_with_transpose(const Tensor& m, bool transposed_first) {
  const Index rows = shape_of(m)[0], columns = shape_of(m)[1];
  const Index size = transposed_first ? columns : rows;
  Tensor product = make_tensor({size, size});
  gemm({.rows = size, .columns = size, .inner = transposed_first ? rows : columns},
       {m.data(), columns, transposed_first}, {m.data(), columns, !transposed_first},
       product.data(), size);
  return product;
}

bool is_identity(const Tensor& square) {
  const std::size_t n = square.shape()[0];
  for (std::size_t i = 0; i < n * n; ++i)
    if (square.data()[i] != (i % (n + 1) == 0 ? 1 : 0)) return false;
  return true;
}

}  // namespace

PaddingRule parse_padding(std::string_view text) {
  if (text == "valid") return {};
  if (text == "same") return {.kind = PaddingRule::Kind::same};
  Index zeros = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), zeros);
  if (error != std::errc() || end != text.data() + text.size() || zeros < 0)
    throw InputError("padding \"{}\": expected \"same\", \"valid\" or a number of zeros", text);
  return {.kind = PaddingRule::Kind::explicit_zeros, .zeros = {zeros, zeros, zeros, zeros}};
}

Explanation explain(const ExplainRequest& request) {
  const ConvGeometry g = geometry_of(request);
  for (const Plane& side : {g.image, g.features})
    if (side.h > kMostElements || side.w > kMostElements || side.h * side.w > kMostElements)
      throw InputError(
          "an explanation shows a row of the matrix for every pixel, and {}x{} are more than {} "
          "pixels: take at most {}x{}, or as many in another shape",
          side.h, side.w, kMostElements, kMostSide, kMostSide);

  if (g.kernel.h > kMostElements || g.kernel.w > kMostElements ||
      g.kernel.h * g.kernel.w > kMostElements)
    throw InputError(
        "an explanation shows every number, and a kernel of {}x{} has too many: take one of at "
        "most {}",
        g.kernel.h, g.kernel.w, kMostElements);

  Explanation e{.direction = request.direction, .geometry = g};
  e.output_padding_h = g.image.h - image_extent(g.features.h, g.kernel.h, g.stride.h, g.dilation.h,
                                                g.padding.top, g.padding.bottom, 0);
  e.output_padding_w = g.image.w - image_extent(g.features.w, g.kernel.w, g.stride.w, g.dilation.w,
                                                g.padding.left, g.padding.right, 0);
  e.kernel = matrix_of(request.kernel, request.kernel_values, "kernel");
  const SparseMatrix a = convolution_matrix(g, view(std::as_const(e.kernel)));
  e.a = to_dense(a);
  e.a_at = product_with_transpose(e.a, false);
  e.at_a = product_with_transpose(e.a, true);
  e.a_at_is_identity = is_identity(e.a_at);
  e.at_a_is_identity = is_identity(e.at_a);

  const auto as_matrix = [](Tensor tensor, const Plane& plane) {
    tensor.reshape(
        Tensor::shape_type{static_cast<std::size_t>(plane.h), static_cast<std::size_t>(plane.w)});
    return tensor;
  };
  const Tensor input = matrix_of(request.input, request.input_values, "input");
  e.features = e.is_conv() ? as_matrix(multiply(a, view(input)), g.features) : input;
  e.transposed = as_matrix(multiply_transposed(a, view(std::as_const(e.features))), g.image);
  e.image = e.is_conv() ? input : e.transposed;

  const ConstView features(e.features.data(), g.features.shape().batched(1));
  e.zero_insertion = insert_zeros(g, features, view(std::as_const(e.kernel)));
  const ZeroInsertion& other = e.zero_insertion;
  const SparseMatrix stride_one = convolution_matrix(other.geometry, view(other.kernel));
  e.transposed_by_insertion = as_matrix(multiply(stride_one, view(other.spread)), g.image);
  for (std::size_t i = 0; i < e.transposed.size(); ++i)
    e.largest_difference =
        std::max<double>(e.largest_difference,
                         std::abs(e.transposed.data()[i] - e.transposed_by_insertion.data()[i]));
  return e;
}

}  // namespace adjoint
