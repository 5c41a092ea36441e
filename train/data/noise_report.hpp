#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "datasets/noise/noise_estimate.hpp"

namespace adjoint {

/// The [[corruption]] tables that make such noise, in one line each; none where no kind does, or
/// there is hardly any noise.
std::vector<std::string> noise_corruptions(const NoiseEstimate& noise);

/// Lines for a terminal, the second and later ones indented. `of` names what was measured; may be
/// empty.
std::string noise_text(const std::optional<NoiseEstimate>& noise, const std::string& of,
                       int indentation);
/// null where nothing was measured.
nlohmann::ordered_json noise_json(const std::optional<NoiseEstimate>& noise);

}  // namespace adjoint
