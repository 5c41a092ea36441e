#include "inference/inspection/kernels/singular_values.hpp"

#include <cmath>
#include <numeric>
#include <xtensor-blas/xlinalg.hpp>

#include "framework/tensor/error.hpp"

namespace adjoint {

std::vector<double> singular_values(ConstView matrix) {
  for (Real value : matrix.flat()) {
    if (!std::isfinite(value)) throw RunError("a kernel holds numbers that are not finite");
  }
  const xt::xarray<double, xt::layout_type::column_major> m = xt::cast<double>(as_xtensor(matrix));
  const auto values = std::get<1>(xt::linalg::svd(m, false, false));
  return {values.begin(), values.end()};
}

double effective_rank(const std::vector<double>& singular_values) {
  const double sum = std::accumulate(singular_values.begin(), singular_values.end(), 0.0);
  if (sum == 0) return 0;
  double entropy = 0;
  for (double value : singular_values) {
    const double share = value / sum;
    if (share > 0) entropy -= share * std::log(share);
  }
  return std::exp(entropy);
}

}  // namespace adjoint
