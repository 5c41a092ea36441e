#include "models/formats/foreign_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "framework/tensor/error.hpp"
#include "models/build_model.hpp"

namespace adjoint {

Model build_model(const ForeignModel& foreign, const std::string& path) {
  Index stored = 0;
  for (const auto& [name, value] : foreign.weights) stored += static_cast<Index>(value.size());
  Model model = [&] {
    try {
      return build_structure(foreign.spec, stored);
    } catch (const InputError& error) {
      throw InputError("{}: {}", path, error.what());
    }
  }();
  for (Parameter& parameter : model.parameters()) {
    const auto found = foreign.weights.find(parameter.name);
    if (found == foreign.weights.end())
      throw InputError("{}: the weight {} is missing in it", path, parameter.name);
    const Tensor& value = found->second;
    if (!(shape_of(value) == shape_of(parameter.value))) {
      throw InputError("{}: the weight {} is {}, and its layer needs {}", path, parameter.name,
                       to_string(shape_of(value)), to_string(shape_of(parameter.value)));
    }
    if (!std::ranges::all_of(value, [](Real number) { return std::isfinite(number); })) {
      throw InputError(
          "{}: the weight {} holds numbers that are not finite, and so would be all results; take "
          "another copy of the file, or train the model again",
          path, parameter.name);
    }
    parameter.value = value;
  }
  for (const auto& [name, value] : foreign.weights) {
    if (std::ranges::find(model.parameters(), name, &Parameter::name) == model.parameters().end())
      throw InputError("{}: it holds a weight {} for which the model has no place", path, name);
  }
  return model;
}

}  // namespace adjoint
