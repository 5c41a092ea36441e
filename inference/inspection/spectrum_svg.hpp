#pragma once

#include <string>
#include <vector>

namespace adjoint {

/// A line chart of singular values, the greatest first, before and after training, as an <svg> to
/// stand in a page. Colours come from the page's classes: axis, before, after.
std::string spectrum_svg(const std::string& title, const std::vector<double>& before,
                         const std::vector<double>& after);

}  // namespace adjoint
