#pragma once

#include <nlohmann/json.hpp>

#include "inference/inspection/inspection.hpp"

namespace adjoint {

/// The report as one JSON document; sizes are arrays, a receptive field that holds everything is
/// "all". What compares with the weights before training is null where those are not known.
nlohmann::ordered_json report_json(const Inspection& inspection);

}  // namespace adjoint
