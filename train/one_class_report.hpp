#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "train/one_class.hpp"

namespace adjoint {

/// "3 (cat)", or "3" where labels have no names.
std::string class_text(const OneClassResult& result);
/// AUROC of every class and seed, with means and standard deviations; `seed` is the first one.
nlohmann::ordered_json one_class_json(const std::vector<OneClassResult>& results, Index seed);
/// The table: a row for each class, and the mean of their means.
std::string one_class_text(const std::vector<OneClassResult>& results, Index seed);

}  // namespace adjoint
