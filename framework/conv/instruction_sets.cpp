#include "framework/conv/instruction_sets.hpp"

#include <fmt/format.h>

#include <hwy/targets.h>

#include <algorithm>
#include <string_view>

extern "C" char* openblas_get_corename(void);
extern "C" char* openblas_get_config(void);

namespace adjoint {

std::string instruction_sets() {
  // The best comes first.
  const auto targets = hwy::SupportedAndGeneratedTargets();
  return fmt::format("{}, {}, {}", targets.empty() ? "none" : hwy::TargetName(targets.front()),
                     onednn_instruction_set(), openblas_get_corename());
}

std::string openblas_version() {
  std::string_view text = openblas_get_config();  // "OpenBLAS 0.3.21 DYNAMIC_ARCH ..."
  text.remove_prefix(std::min(text.find(' ') + 1, text.size()));
  return std::string(text.substr(0, text.find(' ')));
}

}  // namespace adjoint
