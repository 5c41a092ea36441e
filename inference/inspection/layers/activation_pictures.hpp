#pragma once

#include "inference/inspection/layers/activation_report.hpp"
#include "inference/inspection/pictures.hpp"

namespace adjoint {

/// A picture for each layer: the channels of its output as tiles in gray, numbered from 0; three
/// channels also as one tile in colour; units without height and width as cells in rows of 32.
/// Black is 0 and white the layer's greatest value; in a layer with values below 0 mid-gray is 0,
/// and white the greatest magnitude. Tiles of more than 192 pixels are made smaller.
std::vector<Picture> draw_activations(const ActivationReport& report);

}  // namespace adjoint
