#pragma once

#include <string>
#include <vector>

#include "framework/graph/model.hpp"

namespace adjoint {

/// A network and a batch size; whole training steps of it are timed, with MSE and Adam. The same
/// networks are written down for PyTorch in steps_pytorch.py.
struct Workload {
  std::string name;
  Model model;
  Index batch;
};

/// The network of denoise28 for another size of image.
Model denoise_network(const Shape& input);

/// denoise28, colour32, deep64 and keras28.
std::vector<Workload> workloads();
/// The one of that name; throws InputError listing the names there are.
Workload workload(const std::string& name);

}  // namespace adjoint
