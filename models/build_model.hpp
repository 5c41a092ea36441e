#pragma once

#include "framework/graph/model.hpp"
#include "models/model_spec.hpp"

namespace adjoint {

/// The model that a spec describes, its parameters drawn from `seed`. Throws InputError naming
/// file, line and layer where names, inputs, shapes or tied kernels do not fit.
Model build_model(const ModelSpec& spec, std::uint64_t seed);

/// The model with all parameters 0. Throws InputError like build_model(), and as soon as the layers
/// need more than `most_parameters` numbers.
Model build_structure(const ModelSpec& spec, Index most_parameters);

/// Throws InputError unless the model takes samples of one shape and makes samples of another one
/// of them: mostly the same, larger ones if it is to enlarge images.
void check_fits(const ModelSpec& spec, const Model& model, const Shape& input, const Shape& target);

}  // namespace adjoint
