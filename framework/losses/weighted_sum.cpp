#include "framework/losses/weighted_sum.hpp"

#include <algorithm>

#include "framework/pointwise/linear.hpp"
#include "framework/tensor/aligned_vector.hpp"

namespace adjoint {

bool WeightedSum::elementwise() const {
  return std::ranges::all_of(terms_, [](const Term& term) { return term.loss->elementwise(); });
}

Index WeightedSum::scratch_size(const Shape& shard) const {
  Index most = 0;
  for (const Term& term : terms_) most = std::max(most, term.loss->scratch_size(shard));
  return aligned(shard.size()) + most;
}

double WeightedSum::evaluate(const LossPass& pass) const {
  // The gradient of every term but the first, then the terms' own memory.
  const View part(pass.scratch.data, pass.prediction.shape);
  const Index used = aligned(part.size());
  LossPass of_term = pass;
  of_term.scratch = {pass.scratch.data + used, {pass.scratch.size() - used}};
  double sum = 0;
  for (const Term& term : terms_) {
    const bool first = &term == &terms_.front();
    if (pass.gradient) of_term.gradient = first ? pass.gradient : part;
    sum += term.weight * term.loss->evaluate(of_term);
    if (!pass.gradient) continue;
    const Real weight = static_cast<Real>(term.weight);
    if (first) {
      scale(weight, pass.gradient);
    } else {
      add_scaled(weight, part, pass.gradient);
    }
  }
  return sum;
}

}  // namespace adjoint
