#include "framework/graph/optimizer_state.hpp"

#include <algorithm>

#include "framework/tensor/error.hpp"

namespace adjoint {

void put_averages(const OptimizerState& state, Model& model) {
  for (Parameter& parameter : model.parameters()) {
    const auto average = state.averages.find(parameter.name);
    if (average == state.averages.end()) continue;
    const Shape expected = shape_of(parameter.value), got = shape_of(average->second);
    if (!(got == expected)) {
      throw InputError(
          "the saved moving average of {} is {}, expected {} as its weight; the checkpoint is "
          "damaged, take another copy of it",
          parameter.name, to_string(got), to_string(expected));
    }
    std::ranges::copy(view(average->second).flat(), parameter.value.data());
  }
}

}  // namespace adjoint
