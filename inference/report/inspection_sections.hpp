#pragma once

#include <vector>

#include "inference/inspection/inspection.hpp"
#include "inference/inspection/layers/activation_report.hpp"
#include "inference/inspection/layers/plan_report.hpp"
#include "inference/inspection/pictures.hpp"
#include "inference/report/page.hpp"

namespace adjoint {

/// The graph of a model: its layers in numbers, their connections, and with the plan of a training
/// step the engine of each.
void add_layers(Page& page, const Inspection& inspection, const PlanReport* plan = nullptr);

/// Symmetric pairs and kernels: the outermost pair and its kernels in view, the others folded.
void add_kernels(Page& page, const Inspection& inspection, const std::vector<Picture>& pictures);

/// The page of `adjoint inspect --html`: both.
Page inspection_page(const Inspection& inspection, const std::vector<Picture>& pictures);

/// The page of `adjoint inspect --activations IMAGE --html`.
Page activation_page(const std::string& model, const ActivationReport& report,
                     const std::vector<Picture>& pictures);

}  // namespace adjoint
