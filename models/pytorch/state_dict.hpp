#pragma once

#include <string>
#include <vector>

#include "models/formats/weight_list.hpp"

namespace adjoint {

/// The tensors of a state_dict that torch.save wrote (a zip archive, PyTorch 1.6 and newer), in its
/// order: as such, or under "state_dict", "model_state_dict", "model" and the like in a training's
/// file. Never runs anything. Throws InputError naming the file and the tensor or the Python name
/// if it is damaged, is a whole pickled module or a TorchScript program, or is of the older format;
/// the message says how to write a state_dict.
std::vector<ForeignWeight> read_state_dict(const std::string& path);

/// Whether a file is a pickle without an archive around, as PyTorch wrote before version 1.6.
bool is_plain_pickle(const std::string& path);

/// The weights of a safetensors file or of a state_dict, whichever it is.
std::vector<ForeignWeight> read_pytorch(const std::string& path);

}  // namespace adjoint
