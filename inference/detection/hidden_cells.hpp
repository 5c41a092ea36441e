#pragma once

#include "datasets/corruption.hpp"
#include "datasets/corruptions/mask.hpp"
#include "inference/detection/detection_settings.hpp"
#include "inference/images/image_model.hpp"

namespace adjoint {

/// The mask of cells among some corruptions; null if there is none.
const Mask* cell_mask(const std::vector<CorruptionSpec>& corruptions);

/// What images (count, height, width, channels) are compared with: their reconstruction, or with
/// settings.hidden_cells what the model makes of each pixel while the cell around it is hidden. A
/// defect cannot be copied then, only guessed from what surrounds it. The model runs turns times
/// for each size. Throws InputError unless the model was trained with a mask of cells, whose value
/// hides them here, and like ImageModel::reconstruct().
/// Source: Zavrtanik, Kristan & Skocaj 2021, "Reconstruction by inpainting for visual anomaly
/// detection", doi:10.1016/j.patcog.2020.107706.
Tensor reconstruct_hidden(ImageModel& model, const DetectionSettings& settings, ConstView images);

}  // namespace adjoint
