#pragma once

// Programs that run on several ranks of this machine.

#include "tests/support/run_program.hpp"

namespace adjoint {

/// Runs `mpirun -n RANKS argv...`: also as root, with more ranks than processors, and in a
/// container that lets no process read another's memory.
inline ProgramRun mpirun(int ranks, const std::vector<std::string>& argv,
                         ProgramOptions options = {}) {
  options.environment.merge(
      std::map<std::string, std::string>{{"OMPI_ALLOW_RUN_AS_ROOT", "1"},
                                         {"OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"},
                                         {"OMPI_MCA_btl_vader_single_copy_mechanism", "none"},
                                         {"OMPI_MCA_rmaps_base_oversubscribe", "1"},
                                         {"OMPI_MCA_hwloc_base_binding_policy", "none"},
                                         {"OMPI_MCA_btl", "self,vader,tcp"},
                                         {"OMPI_MCA_btl_tcp_if_include", "lo"}});
  std::vector<std::string> all{ADJOINT_MPIRUN, "-q", "-n", std::to_string(ranks)};
  all.insert(all.end(), argv.begin(), argv.end());
  return run_program(all, options);
}

}  // namespace adjoint
