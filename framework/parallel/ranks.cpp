#include "framework/parallel/ranks.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "framework/parallel/mpi_module.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

class Alone final : public Ranks {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  std::string name(int) const override { return "this process"; }
  int neighbours() const override { return 1; }
  void post(std::span<const Outgoing>, std::span<const Incoming>) override {}
  void finish() override {}
  void gather_all(std::span<std::byte>, std::span<const Index>) override {}
  void broadcast(std::span<std::byte>) override {}
  Traffic traffic() const override { return {}; }
  Outcome conclude(const Outcome* mine) override {
    const Outcome outcome = mine ? *mine : Outcome{};
    tell_failure(outcome);
    return outcome;
  }
};

/// A number that a launcher put into the environment; 0 if there is none.
int number_of(const char* variable) {
  const char* text = std::getenv(variable);
  return text ? std::atoi(text) : 0;
}

}  // namespace

Ranks& alone() {
  static Alone ranks;
  return ranks;
}

std::optional<int> launched_rank() {
  // OpenMPI's mpirun; Hydra, and Slurm with its PMI; Slurm with PMIx.
  if (number_of("OMPI_COMM_WORLD_SIZE") > 1) return number_of("OMPI_COMM_WORLD_RANK");
  if (number_of("PMI_SIZE") > 1) return number_of("PMI_RANK");
  if (std::getenv("PMIX_RANK") && number_of("SLURM_STEP_NUM_TASKS") > 1)
    return number_of("PMIX_RANK");
  return std::nullopt;
}

std::shared_ptr<Ranks> start_ranks() {
  if (!launched_rank()) return {&alone(), [](Ranks*) {}};
  // A module of its own, so that a program that runs alone does not load MPI's libraries.
  void* const module = ::dlopen(kMpiModule, RTLD_NOW | RTLD_LOCAL);
  if (!module) {
    throw RunError(
        "mpirun started this as one of several processes, and the module for MPI cannot be loaded "
        "({}); install openmpi-bin, and build with libopenmpi-dev installed",
        ::dlerror());
  }
  const auto start = reinterpret_cast<StartMpi*>(::dlsym(module, kStartMpi));
  if (!start) throw RunError("{} is not of this version: install both together", kMpiModule);
  return {start(), [](Ranks* ranks) { delete ranks; }};
}

std::vector<std::string> gather_texts(Ranks& ranks, const std::string& mine) {
  const auto count = static_cast<std::size_t>(ranks.size());
  const auto own = static_cast<std::size_t>(ranks.rank());
  std::vector<Index> sizes(count), ends(count);
  sizes[own] = static_cast<Index>(mine.size());
  std::iota(ends.begin(), ends.end(), Index{1});
  gather_all(ranks, std::span(sizes), ends);
  std::inclusive_scan(sizes.begin(), sizes.end(), ends.begin());
  std::string all(static_cast<std::size_t>(ends.back()), '\0');
  std::ranges::copy(mine, all.begin() + (ends[own] - sizes[own]));
  gather_all(ranks, std::span(all), ends);
  std::vector<std::string> texts;
  for (std::size_t r = 0; r < count; ++r)
    texts.push_back(all.substr(static_cast<std::size_t>(ends[r] - sizes[r]),
                               static_cast<std::size_t>(sizes[r])));
  return texts;
}

std::vector<std::string> texts_at_first(Ranks& ranks, const std::string& mine) {
  const auto count = static_cast<std::size_t>(ranks.size());
  std::vector<Index> sizes(count), ends(count);
  sizes[static_cast<std::size_t>(ranks.rank())] = static_cast<Index>(mine.size());
  std::iota(ends.begin(), ends.end(), Index{1});
  gather_all(ranks, std::span(sizes), ends);
  if (!ranks.first()) {
    const Ranks::Outgoing message{0, std::as_bytes(std::span(mine))};
    ranks.exchange({&message, 1}, {});
    return {};
  }
  std::vector<std::string> texts{mine};
  std::vector<Ranks::Incoming> incoming;
  for (std::size_t r = 1; r < count; ++r)
    texts.emplace_back(static_cast<std::size_t>(sizes[r]), '\0');
  for (std::size_t r = 1; r < count; ++r)
    incoming.push_back({static_cast<int>(r), std::as_writable_bytes(std::span(texts[r]))});
  ranks.exchange({}, incoming);
  return texts;
}

std::string broadcast_text(Ranks& ranks, const std::string& text) {
  if (!ranks.several()) return text;
  Index size = static_cast<Index>(text.size());
  ranks.broadcast(std::as_writable_bytes(std::span(&size, 1)));
  std::string all = text;
  all.resize(static_cast<std::size_t>(size));
  ranks.broadcast(std::as_writable_bytes(std::span(all)));
  return all;
}

}  // namespace adjoint
