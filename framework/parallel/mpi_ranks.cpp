// The one file that knows MPI: a module that a process loads when it was started as one of several.

#include <mpi.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "framework/parallel/mpi_module.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

constexpr int kData = 1, kFailed = 2, kEnded = 3, kVerdict = 4;  // tags
constexpr std::size_t kLargest = std::size_t{1} << 30;           // bytes of one message
constexpr std::size_t kSmall = 4096;    // bytes of a rank's part in a gathering of a few numbers
constexpr int kPollsBetweenLooks = 64;  // at another's failure, while waiting

using Clock = std::chrono::steady_clock;

std::string pack(const Ranks::Outcome& outcome) {
  return std::to_string(outcome.status) + " " + outcome.message;
}

Ranks::Outcome unpack(const std::string& text) {
  return {.status = std::atoi(text.c_str()), .message = text.substr(text.find(' ') + 1)};
}

/// Where a rank runs.
struct Place {
  std::array<char, 256> host;
  cpu_set_t processors;
};

class MpiRanks final : public Ranks {
 public:
  MpiRanks() {
    // Ranks share their cores with the threads that load images: who waits lets them work. Set
    // before MPI starts, unless the user has said otherwise.
    ::setenv("OMPI_MCA_mpi_yield_when_idle", "1", /*overwrite=*/0);
    // Gathers a few numbers in log2(size) steps, where the size is a power of two.
    ::setenv("OMPI_MCA_coll_libnbc_iallgather_algorithm", "2", /*overwrite=*/0);
    int provided = 0;
    if (MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS ||
        provided < MPI_THREAD_FUNNELED) {
      throw RunError("MPI cannot be started with threads");
    }
    MPI_Comm_dup(MPI_COMM_WORLD, &data_);
    MPI_Comm_dup(MPI_COMM_WORLD, &control_);
    MPI_Comm_rank(data_, &rank_);
    MPI_Comm_size(data_, &size_);
    Place own{};
    ::gethostname(own.host.data(), own.host.size() - 1);
    ::sched_getaffinity(0, sizeof own.processors, &own.processors);
    std::vector<Place> places(static_cast<std::size_t>(size_));
    MPI_Allgather(&own, sizeof own, MPI_BYTE, places.data(), sizeof own, MPI_BYTE, data_);
    for (const Place& place : places) {
      hosts_.emplace_back(place.host.data());
      cpu_set_t common;
      CPU_AND(&common, &place.processors, &own.processors);
      if (place.host == own.host && CPU_COUNT(&common) > 0) ++neighbours_;
    }
  }

  ~MpiRanks() override {
    int over = 0;
    MPI_Finalized(&over);
    if (!over) MPI_Finalize();
  }

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  std::string name(int rank) const override {
    return "rank " + std::to_string(rank) + " (host " + hosts_[static_cast<std::size_t>(rank)] +
           ")";
  }
  int neighbours() const override { return neighbours_; }
  Traffic traffic() const override { return traffic_; }

  void post(std::span<const Outgoing> outgoing, std::span<const Incoming> incoming) override {
    for (const Incoming& message : incoming) {
      for_each_piece(message.bytes, [&](std::span<std::byte> piece) {
        MPI_Irecv(piece.data(), static_cast<int>(piece.size()), MPI_BYTE, message.from, kData,
                  data_, &posted_.emplace_back());
      });
    }
    for (const Outgoing& message : outgoing) {
      traffic_.bytes += static_cast<std::int64_t>(message.bytes.size());
      for_each_piece(message.bytes, [&](std::span<const std::byte> piece) {
        MPI_Isend(piece.data(), static_cast<int>(piece.size()), MPI_BYTE, message.to, kData, data_,
                  &posted_.emplace_back());
      });
    }
  }

  void poke() override {
    int done = 0;
    MPI_Testall(static_cast<int>(posted_.size()), posted_.data(), &done, MPI_STATUSES_IGNORE);
  }

  void finish() override {
    const Timer timer(traffic_);
    wait(posted_);
    posted_.clear();
  }

  void gather_all(std::span<std::byte> whole, std::span<const Index> ends) override {
    const auto begin_of = [&](int r) {
      return r == 0 ? Index{0} : ends[static_cast<std::size_t>(r) - 1];
    };
    const auto part = [&](int r) {
      const auto first = static_cast<std::size_t>(begin_of(r));
      return whole.subspan(first,
                           static_cast<std::size_t>(ends[static_cast<std::size_t>(r)]) - first);
    };
    if (whole.size() > INT_MAX) {  // more than MPI 3's counts can say
      std::vector<Outgoing> outgoing;
      std::vector<Incoming> incoming;
      for (int r = 0; r < size_; ++r) {
        if (r == rank_) continue;
        outgoing.push_back({r, part(rank_)});
        incoming.push_back({r, part(r)});
      }
      exchange(outgoing, incoming);
      return;
    }
    const Timer timer(traffic_);
    std::size_t largest = 0;
    for (int r = 0; r < size_; ++r) largest = std::max(largest, part(r).size());
    if (largest <= kSmall) {
      gather_equal(largest, part);
    } else {
      counts_.clear();
      places_.clear();
      for (int r = 0; r < size_; ++r) {
        counts_.push_back(static_cast<int>(part(r).size()));
        places_.push_back(static_cast<int>(begin_of(r)));
      }
      MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_BYTE, whole.data(), counts_.data(), places_.data(),
                      MPI_BYTE, data_, &collective_[0]);
      wait(collective_);
    }
    traffic_.bytes += static_cast<std::int64_t>(whole.size() - part(rank_).size());
  }

  void broadcast(std::span<std::byte> bytes) override {
    const Timer timer(traffic_);
    for_each_piece(bytes, [&](std::span<std::byte> piece) {
      MPI_Ibcast(piece.data(), static_cast<int>(piece.size()), MPI_BYTE, 0, data_, &collective_[0]);
      if (rank_ == 0) traffic_.bytes += static_cast<std::int64_t>(piece.size());
      wait(collective_);
    });
  }

  Outcome conclude(const Outcome* mine) override {
    if (verdict_) return *verdict_;
    const bool failed = mine && !mine->message.empty();
    const std::string text = mine ? pack(*mine) : "";
    std::vector<MPI_Request> sent;
    const auto send = [&](const std::string& message, int to, int tag) {
      MPI_Isend(message.data(), static_cast<int>(message.size()), MPI_CHAR, to, tag, control_,
                &sent.emplace_back());
    };
    if (failed) {
      for (int r = 0; r < size_; ++r)
        if (r != rank_) send("", r, kFailed);
    }
    Outcome verdict;
    if (rank_ == 0) {
      std::vector<std::optional<Outcome>> outcomes(static_cast<std::size_t>(size_));
      if (mine) outcomes[0] = *mine;
      for (int r = 1; r < size_; ++r) {
        const std::string ended = receive(r, kEnded);
        if (!ended.empty()) outcomes[static_cast<std::size_t>(r)] = unpack(ended);
      }
      verdict = whole_outcome(outcomes);
      const std::string packed = pack(verdict);
      for (int r = 1; r < size_; ++r) send(packed, r, kVerdict);
      MPI_Waitall(static_cast<int>(sent.size()), sent.data(), MPI_STATUSES_IGNORE);
    } else {
      send(text, 0, kEnded);
      verdict = unpack(receive(0, kVerdict));
      MPI_Waitall(static_cast<int>(sent.size()), sent.data(), MPI_STATUSES_IGNORE);
    }
    verdict_ = verdict;
    tell_failure(verdict);
    if (verdict.status != 0) MPI_Finalize();  // at once: see wait()
    return verdict;
  }

 private:
  /// A few numbers of each rank, as parts of one size: MPI has quick ways for those, where parts of
  /// several sizes go from each rank to each other.
  template <class PartOf>
  void gather_equal(std::size_t size, PartOf part) {
    const auto count = static_cast<std::size_t>(size_);
    small_.resize(std::max(small_.size(), size * count));
    const auto place = [&](int r) {
      return std::span(small_).subspan(static_cast<std::size_t>(r) * size, size);
    };
    std::ranges::copy(part(rank_), place(rank_).begin());
    MPI_Iallgather(MPI_IN_PLACE, 0, MPI_BYTE, small_.data(), static_cast<int>(size), MPI_BYTE,
                   data_, &collective_[0]);
    wait(collective_);
    for (int r = 0; r < size_; ++r)
      std::ranges::copy(place(r).first(part(r).size()), part(r).begin());
  }

  /// Adds the time from its making to its end.
  class Timer {
   public:
    explicit Timer(Traffic& traffic) : traffic_(traffic) {}
    ~Timer() { traffic_.seconds += std::chrono::duration<double>(Clock::now() - start_).count(); }

   private:
    Traffic& traffic_;
    Clock::time_point start_ = Clock::now();
  };

  template <class Bytes, class Use>
  static void for_each_piece(Bytes bytes, Use use) {
    for (std::size_t first = 0; first < bytes.size(); first += kLargest)
      use(bytes.subspan(first, std::min(kLargest, bytes.size() - first)));
  }

  /// Until all are done. A rank that has failed takes part in nothing more: then it throws. Before
  /// that it concludes, because MPI goes on reading and writing what is under way as long as it
  /// runs, and the memory is gone once the exception has passed.
  void wait(std::vector<MPI_Request>& requests) {
    for (int polls = 1;; ++polls) {
      int done = 0;
      MPI_Testall(static_cast<int>(requests.size()), requests.data(), &done, MPI_STATUSES_IGNORE);
      if (done) return;
      if (polls % kPollsBetweenLooks != 0) continue;
      int failed = 0;
      MPI_Iprobe(MPI_ANY_SOURCE, kFailed, control_, &failed, MPI_STATUS_IGNORE);
      if (!failed) continue;
      conclude(nullptr);
      throw RankFailure();
    }
  }

  std::string receive(int from, int tag) {
    MPI_Status status;
    // Not MPI_Probe, which never sleeps.
    for (int there = 0; !there;) {
      MPI_Iprobe(from, tag, control_, &there, &status);
      if (!there) ::usleep(200);
    }
    int size = 0;
    MPI_Get_count(&status, MPI_CHAR, &size);
    std::string text(static_cast<std::size_t>(size), '\0');
    MPI_Recv(text.data(), size, MPI_CHAR, from, tag, control_, MPI_STATUS_IGNORE);
    return text;
  }

  /// The first failure; said of a rank, unless all failed alike or it is rank 0's, which speaks for
  /// all.
  Outcome whole_outcome(const std::vector<std::optional<Outcome>>& outcomes) const {
    int first = -1;
    bool alike = true;
    for (int r = size_ - 1; r >= 0; --r) {
      const std::optional<Outcome>& outcome = outcomes[static_cast<std::size_t>(r)];
      if (outcome && outcome->status != 0) first = r;
    }
    if (first < 0) return {};
    const Outcome& failure = *outcomes[static_cast<std::size_t>(first)];
    for (const auto& outcome : outcomes)
      alike = alike && outcome && outcome->message == failure.message;
    if (alike || first == 0 || failure.message.empty()) return failure;
    return {failure.status, failure.message + " (" + name(first) + ")"};
  }

  MPI_Comm data_ = MPI_COMM_NULL, control_ = MPI_COMM_NULL;
  int rank_ = 0, size_ = 1, neighbours_ = 0;
  std::vector<std::string> hosts_;
  Traffic traffic_;
  std::vector<MPI_Request> posted_, collective_{MPI_REQUEST_NULL};
  std::vector<int> counts_, places_;
  std::vector<std::byte> small_;
  std::optional<Outcome> verdict_;
};

}  // namespace
}  // namespace adjoint

extern "C" adjoint::Ranks* adjoint_start_mpi() {
  return new adjoint::MpiRanks();
}
