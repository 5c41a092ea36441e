#include "tests/support/mpirun.hpp"

#include <fstream>
#include <sstream>

namespace adjoint {

std::map<std::string, std::string> mpirun_environment() {
  return {// MPI keeps memory until its end, allocated by modules that are gone by then.
          {"ASAN_OPTIONS", "detect_leaks=0"},
          {"OMPI_ALLOW_RUN_AS_ROOT", "1"},
          {"OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"},
          {"OMPI_MCA_btl_vader_single_copy_mechanism", "none"},
          {"OMPI_MCA_rmaps_base_oversubscribe", "1"},
          {"OMPI_MCA_hwloc_base_binding_policy", "none"},
          {"OMPI_MCA_btl", "self,vader,tcp"},
          {"OMPI_MCA_btl_tcp_if_include", "lo"}};
}

ProgramRun run_on_ranks(const std::string& mpirun, int ranks, const std::vector<std::string>& argv,
                        const ProgramOptions& options) {
  ProgramOptions all = options;
  all.environment.merge(mpirun_environment());
  std::vector<std::string> words{mpirun, "-q", "-n", std::to_string(ranks)};
  words.insert(words.end(), argv.begin(), argv.end());
  return run_program(words, all);
}

int rank_of(int process) {
  const std::string key = "OMPI_COMM_WORLD_RANK=";
  std::ifstream file("/proc/" + std::to_string(process) + "/environ");
  for (std::string variable; std::getline(file, variable, '\0');)
    if (variable.starts_with(key)) return std::stoi(variable.substr(key.size()));
  return -1;
}

std::vector<int> children_of(int process) {
  const std::string id = std::to_string(process);
  std::ifstream file("/proc/" + id + "/task/" + id + "/children");
  std::vector<int> children;
  for (int child = 0; file >> child;) children.push_back(child);
  return children;
}

}  // namespace adjoint
