#pragma once

#include <string>

namespace adjoint {

/// The instruction sets by which Highway, oneDNN and OpenBLAS compute on this processor, such as
/// "AVX3, avx512_core_amx, SkylakeX". Where they are the same, so are the bits of all sums.
std::string instruction_sets();

/// oneDNN's part of them; "none" in a build without it.
std::string onednn_instruction_set();

/// The versions of the libraries that run, such as "0.3.21"; "none" in a build without oneDNN.
std::string openblas_version();
std::string onednn_version();

}  // namespace adjoint
