#include "inference/inspection/kernels/subspace_angles.hpp"

#include <numeric>
#include <xtensor-blas/xlinalg.hpp>

namespace adjoint {
namespace {

constexpr double kShare = 0.9;

using Matrix = xt::xarray<double, xt::layout_type::column_major>;

/// An orthonormal basis of the space that holds most of a matrix, as columns.
Matrix main_space(ConstView matrix) {
  const Matrix values = xt::cast<double>(as_xtensor(matrix));
  const auto [vectors, sizes, rest] = xt::linalg::svd(values, false, true);
  double squares = 0;
  for (const double size : sizes) squares += size * size;
  std::size_t count = 0;
  for (double held = 0; held < kShare * squares; ++count) held += sizes(count) * sizes(count);
  return xt::view(vectors, xt::all(), xt::range(std::size_t{0}, count));
}

}  // namespace

SubspaceAngles subspace_angles(ConstView first, ConstView second) {
  const Matrix a = main_space(first), b = main_space(second);
  SubspaceAngles angles{.first_dimensions = static_cast<Index>(a.shape(1)),
                        .second_dimensions = static_cast<Index>(b.shape(1))};
  if (angles.first_dimensions == 0 || angles.second_dimensions == 0) return angles;  // zeros
  const Matrix products = xt::linalg::dot(xt::transpose(a), b);
  const auto cosines = std::get<1>(xt::linalg::svd(products, false, false));
  for (const double cosine : cosines) angles.cosines.push_back(std::min(cosine, 1.0));
  return angles;
}

}  // namespace adjoint
