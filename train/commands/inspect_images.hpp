#pragma once

#include <filesystem>
#include <string>

#include "train/program/command.hpp"

namespace adjoint {

/// `adjoint inspect --latent`: the codes of images.
int inspect_latent(const Arguments& arguments, const std::string& checkpoint,
                   const std::filesystem::path& folder);
/// `adjoint inspect --activations`: what each layer makes of one image.
int inspect_activations(const Arguments& arguments, const std::string& checkpoint,
                        const std::filesystem::path& folder);

}  // namespace adjoint
