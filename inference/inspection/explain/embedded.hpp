#pragma once

// The files of this folder that stand in the program: CMake makes these functions of them.

#include <string_view>

namespace adjoint {

std::string_view walk_page_html();
std::string_view walk_page_css();
std::string_view walk_geometry_js();
std::string_view walk_controls_js();
std::string_view walk_pictures_js();
std::string_view walk_page_js();

}  // namespace adjoint
