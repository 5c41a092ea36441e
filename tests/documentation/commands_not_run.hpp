#pragma once

// The commands of the documentation that test_pages.cpp does not run, each with its reason. This is
// the whole list: a command that neither runs nor has a row here fails the test of its page.

#include <string_view>

namespace adjoint {

struct CommandNotRun {
  std::string_view part;  // of the command
  std::string_view reason;
  std::string_view module;  // it runs where `adjoint --version` lists this module; empty: nowhere
};

inline constexpr CommandNotRun kCommandsNotRun[] = {
    {"adjoint data fetch", "it downloads from a publisher; the tests DataFetch.* run it", ""},
    {"--hostfile hosts", "it needs two machines", ""},
    {"--map-by slot:PE=8", "it needs 32 cores", ""},
    {"weights.pt", "only PyTorch writes this file; the tests StateDict.* read such files", ""},
    {"docker run", "it needs an image of a container", ""},
    {"apptainer exec", "it needs an image of a container", ""},
    {"tensorboard --logdir", "TensorBoard runs until it is stopped", ""},
    {"mpirun ", "the program was built without MPI", "MPI"},
    {"--serve", "the program was built without the library that serves", "HTTP"},
    {"onnx", "the program was built without ONNX", "ONNX"},
};

}  // namespace adjoint
