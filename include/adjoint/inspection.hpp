#pragma once

// Looks inside models and runs, as `adjoint inspect`, `explain`, `report` and `compare` do.

#include "inference/inspection/explain/explanation.hpp"
#include "inference/inspection/inspection.hpp"
#include "inference/inspection/latent/latent_report.hpp"
#include "inference/inspection/layers/plan_report.hpp"
#include "inference/inspection/pictures.hpp"
#include "inference/inspection/report_json.hpp"
#include "inference/inspection/report_text.hpp"
#include "inference/report/inspection_sections.hpp"
#include "train/latent_images.hpp"
#include "train/model_inspection.hpp"
#include "train/run_comparison.hpp"
#include "train/run_report.hpp"
