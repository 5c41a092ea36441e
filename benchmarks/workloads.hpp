#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "framework/graph/model.hpp"

namespace adjoint {

/// A network and a batch size; whole training steps of it are timed, with MSE and Adam. The same
/// networks are written down for PyTorch in workloads_pytorch.py.
struct Workload {
  std::string name;
  Model model;
  Index batch;
};

/// The network of denoise28 for another size of image.
Model denoise_network(const Shape& input);

std::vector<std::string> workload_names();
/// The one of that name; throws InputError listing the names there are.
Workload workload(std::string_view name);

}  // namespace adjoint
