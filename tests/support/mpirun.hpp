#pragma once

// Programs that run on several ranks of this machine.

#include "tests/support/run_program.hpp"

namespace adjoint {

/// What lets `mpirun` run as root, with more ranks than processors, and in a container that lets no
/// process read another's memory.
std::map<std::string, std::string> mpirun_environment();

/// Runs `MPIRUN -n RANKS argv...` in that environment.
ProgramRun run_on_ranks(const std::string& mpirun, int ranks, const std::vector<std::string>& argv,
                        const ProgramOptions& options = {});

/// The rank that a process of run_on_ranks() was started as; -1 if it has ended.
int rank_of(int process);

/// The processes that a process started, by their ids, in the order of their start.
std::vector<int> children_of(int process);

}  // namespace adjoint
