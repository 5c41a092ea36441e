#pragma once

#include <string>
#include <vector>

#include "inference/inspection/inspection.hpp"
#include "inference/inspection/pictures.hpp"

namespace adjoint {

/// The report as one page that needs no other file: tables, spectra, pictures.
std::string report_html(const Inspection& inspection, const std::vector<Picture>& pictures);

}  // namespace adjoint
