#pragma once

#include <string>
#include <utility>
#include <vector>

#include "framework/parallel/ranks.hpp"

namespace adjoint {

/// What ranks must have in common: what it is called in messages, and what this rank has.
using Facts = std::vector<std::pair<std::string, std::string>>;

/// Collective. Throws InputError, the same at every rank, that names the first two ranks that
/// differ, in what, and what each of them has; of texts of several lines the first that differs.
void check_alike(Ranks& ranks, const Facts& facts);

}  // namespace adjoint
