#pragma once

#include "inference/report/page.hpp"
#include "train/run_summary.hpp"

namespace adjoint {

/// The figures at the head of a run's page: loss and PSNR at the best epoch, epochs, parameters,
/// time.
void add_figures(Page& page, const RunSummary& run);

/// The curves of losses and metrics; learning rate and time folded away.
void add_curves(Page& page, const RunSummary& run);

}  // namespace adjoint
