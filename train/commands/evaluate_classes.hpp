#pragma once

#include "train/program/command.hpp"

namespace adjoint {

/// `adjoint evaluate --one-class`: the command's other way to evaluate. Returns its exit status.
int evaluate_classes(const Arguments& arguments);

}  // namespace adjoint
