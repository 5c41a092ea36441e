#pragma once

#include <vector>

#include "framework/storage/checkpoint.hpp"
#include "inference/report/blocks.hpp"

namespace adjoint {

/// The curves of a training: each loss and metric of the training and the validation images
/// together. `best_epoch` is marked; 0: none is.
std::vector<LineChart> history_charts(const History& history, Index best_epoch);
/// The learning rate and the time of each epoch.
std::vector<LineChart> pace_charts(const History& history);

/// A column of a history; no values if there is none of that name.
std::vector<double> history_column(const History& history, const std::string& name);

/// "PSNR (dB)" of "psnr" and of "validation_psnr": how a page calls a column.
std::string measure_name(std::string column);

}  // namespace adjoint
