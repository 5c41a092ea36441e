#pragma once

#include <string>

namespace adjoint {

/// What `adjoint --version` prints: the version and its commit, the convolution engines, the
/// processor's instruction sets, and the versions of the libraries that run.
std::string version_text();

}  // namespace adjoint
