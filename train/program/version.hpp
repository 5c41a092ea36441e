#pragma once

#include <string>

namespace adjoint {

/// "0.1.0 (commit 4feb4b91d)"; the version alone where the sources are in no repository.
std::string short_version();

/// What `adjoint --version` prints: the version and its commit, the convolution engines, the
/// processor's instruction sets, and the versions of the libraries that run.
std::string version_text();

}  // namespace adjoint
