#include "framework/conv/instruction_sets.hpp"

#include <fmt/format.h>

#include <hwy/targets.h>

extern "C" char* openblas_get_corename(void);

namespace adjoint {

std::string instruction_sets() {
  // The best comes first.
  const auto targets = hwy::SupportedAndGeneratedTargets();
  return fmt::format("{}, {}, {}", targets.empty() ? "none" : hwy::TargetName(targets.front()),
                     onednn_instruction_set(), openblas_get_corename());
}

}  // namespace adjoint
