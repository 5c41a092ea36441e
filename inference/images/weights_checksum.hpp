#pragma once

#include <string>

#include "inference/images/image_model.hpp"

namespace adjoint {

/// 64 bits that tell the weights of a model from others, as 16 hexadecimal digits: FNV-1a over the
/// names, shapes and float32 values of all parameters as they were loaded (moving averages, where
/// there are any), then over the names and values of what was learned beside them.
std::string weights_checksum(const Model& model,
                             const std::map<std::string, std::vector<double>>& learned);
std::string weights_checksum(const ImageModel& model);

}  // namespace adjoint
