#pragma once

#include <string>
#include <string_view>

#include "framework/tensor/tensor.hpp"

namespace adjoint {

/// Small text in pictures: ASCII in letters of 5 x 7 pixels. Other characters show as '?'.
namespace picture_text {
constexpr Index kAdvance = 6;  // pixels from one letter to the next
constexpr Index kLine = 10;    // pixels from one line to the next
}  // namespace picture_text

/// Draws the text in black, its upper left corner at (top, left), each pixel enlarged to zoom x
/// zoom, into a picture (height, width, channels). What lies outside is left out.
void draw_text(std::string_view text, Index top, Index left, Index zoom, View picture);

/// The text, or its beginning or its end with "..." where it is wider than `width` pixels.
enum class Keep { beginning, end };
std::string fitting_text(const std::string& text, Index width, Index zoom, Keep keep);

}  // namespace adjoint
