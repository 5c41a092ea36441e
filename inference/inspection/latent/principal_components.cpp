#include "inference/inspection/latent/principal_components.hpp"

#include <algorithm>
#include <cmath>
#include <xtensor-blas/xlinalg.hpp>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

using CodeMatrix = xt::xtensor<double, 2, xt::layout_type::column_major>;

CodeMatrix centred(ConstView points) {
  const auto rows = static_cast<std::size_t>(points.shape[0]);
  const auto columns = static_cast<std::size_t>(points.shape[1]);
  CodeMatrix matrix = CodeMatrix::from_shape({rows, columns});
  for (std::size_t c = 0; c < columns; ++c) {
    double sum = 0;
    for (std::size_t r = 0; r < rows; ++r) sum += matrix(r, c) = points.data[r * columns + c];
    if (!std::isfinite(sum)) throw RunError("a code holds numbers that are not finite");
    for (std::size_t r = 0; r < rows; ++r) matrix(r, c) -= sum / static_cast<double>(rows);
  }
  return matrix;
}

}  // namespace

std::size_t PrincipalComponents::directions_for(double part) const {
  double sum = 0;
  std::size_t needed = 0;
  while (needed < explained.size() && sum < part) sum += explained[needed++];
  return needed;
}

PrincipalComponents principal_components(ConstView points, std::size_t count) {
  const CodeMatrix x = centred(points);
  const std::size_t rows = x.shape(0), columns = x.shape(1);
  const bool wide = rows < columns;
  // The eigenvalues of X X^T and X^T X are the same; the smaller one is cheaper.
  const CodeMatrix product = wide ? CodeMatrix(xt::linalg::dot(x, xt::transpose(x)))
                                  : CodeMatrix(xt::linalg::dot(xt::transpose(x), x));
  const auto [values, vectors] = xt::linalg::eigh(product);  // the least first

  PrincipalComponents result;
  const std::size_t directions = values.size();
  double total = 0;
  for (const double value : values) total += std::max(0.0, value);
  for (std::size_t i = directions; i-- > 0;)
    result.explained.push_back(total > 0 ? std::max(0.0, values(i)) / total : 0);

  result.count = std::min(count, directions);
  result.coordinates.resize(rows * result.count);
  for (std::size_t k = 0; k < result.count; ++k) {
    const std::size_t from = directions - 1 - k;
    double farthest = 0;
    for (std::size_t r = 0; r < rows; ++r) {
      double place = 0;
      if (wide) {
        place = vectors(r, from) * std::sqrt(std::max(0.0, values(from)));
      } else {
        for (std::size_t c = 0; c < columns; ++c) place += x(r, c) * vectors(c, from);
      }
      result.coordinates[r * result.count + k] = place;
      if (std::abs(place) > std::abs(farthest)) farthest = place;
    }
    if (farthest >= 0) continue;
    for (std::size_t r = 0; r < rows; ++r) result.coordinates[r * result.count + k] *= -1;
  }
  return result;
}

}  // namespace adjoint
