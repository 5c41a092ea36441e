#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "inference/inspection/explain/request.hpp"

namespace adjoint {

/// The request in words and numbers: sizes, the numbers themselves, the convolution matrix, its
/// transpose and their products, and the zero-insertion view. Throws what explain() throws.
std::string explain_text(const ExplainRequest& request);

/// The explanation as one JSON document; matrices are arrays of rows, in full.
nlohmann::json explain_json(const ExplainRequest& request);

}  // namespace adjoint
