#pragma once

// The files of this folder that stand in the program: CMake makes these functions of them.

#include <string_view>

namespace adjoint {

std::string_view page_html();
std::string_view page_css();
std::string_view charts_js();
std::string_view page_js();
std::string_view live_js();
std::string_view plot_min_js();

}  // namespace adjoint
