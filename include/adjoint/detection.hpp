#pragma once

// Finds images with defects, as `adjoint detect` does.

#include "inference/detection/choose_calibration.hpp"
#include "inference/detection/detect_images.hpp"
#include "inference/detection/detection_report.hpp"
