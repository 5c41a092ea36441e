#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "framework/tensor/shape.hpp"

namespace adjoint {

/// The processes that run one program together, each on its part of the work; a process alone is
/// rank 0 of one. What is collective is called by every rank, in the same order and from the thread
/// that started the ranks; it moves bytes and never adds numbers, so that no result depends on who
/// computed what. Every call throws RankFailure once another rank has failed.
class Ranks {
 public:
  virtual ~Ranks() = default;

  virtual int rank() const = 0;  // 0 ... size() - 1
  virtual int size() const = 0;
  /// For messages: "rank 1 (host node3)".
  virtual std::string name(int rank) const = 0;
  /// Ranks of this machine that may run on this rank's processors, itself among them.
  virtual int neighbours() const = 0;
  bool first() const { return rank() == 0; }
  bool several() const { return size() > 1; }

  struct Outgoing {
    int to;
    std::span<const std::byte> bytes;
  };
  struct Incoming {
    int from;
    std::span<std::byte> bytes;
  };
  /// Begins to send and to receive, and returns at once: until finish() the bytes to send must stay
  /// as they are, and those to receive are not there. Several messages between two ranks arrive in
  /// the order in which they were posted. Both sides must name the same sizes.
  virtual void post(std::span<const Outgoing> outgoing, std::span<const Incoming> incoming) = 0;
  /// Gives what was posted a chance to move on, while this rank computes.
  virtual void poke() {}
  /// Waits until all that was posted is sent and received.
  virtual void finish() = 0;
  /// Sends and receives at once.
  void exchange(std::span<const Outgoing> outgoing, std::span<const Incoming> incoming) {
    post(outgoing, incoming);
    finish();
  }
  /// Collective: rank r holds the bytes [ends[r - 1], ends[r]) of `whole`, and receives the
  /// others'.
  virtual void gather_all(std::span<std::byte> whole, std::span<const Index> ends) = 0;
  /// Collective: everybody receives what rank 0 holds.
  virtual void broadcast(std::span<std::byte> bytes) = 0;

  /// What this rank has sent, and the time that it has waited in the calls above.
  struct Traffic {
    std::int64_t bytes = 0;
    double seconds = 0;
  };
  virtual Traffic traffic() const = 0;

  /// How the part of one rank ended.
  struct Outcome {
    int status = 0;       // the process's exit status
    std::string message;  // why, if it is not 0
  };
  /// Ends the common work: tells the others if this rank failed, waits until all have ended, and
  /// returns the outcome of the whole, the same everywhere: that of the first rank that failed.
  /// Nothing else may be called after it. `mine` is null where another's failure ended this rank.
  virtual Outcome conclude(const Outcome* mine) = 0;
  /// Has rank 0 call this with a failure of the whole before any process ends, because a launcher
  /// ends all of them as soon as one has ended badly.
  void on_failure(std::function<void(const Outcome&)> tell) { tell_ = std::move(tell); }

 protected:
  void tell_failure(const Outcome& outcome) const {
    if (tell_ && first() && outcome.status != 0) tell_(outcome);
  }

 private:
  std::function<void(const Outcome&)> tell_;
};

/// Another rank has failed: what is under way cannot go on. conclude() knows the reason.
class RankFailure : public std::exception {
 public:
  const char* what() const noexcept override { return "another rank failed"; }
};

/// A process alone.
Ranks& alone();

/// The ranks of this process: those that mpirun or its like started together, else alone(). Throws
/// RunError if the processes were started together and MPI cannot be used.
std::shared_ptr<Ranks> start_ranks();

/// The number that mpirun or its like gave this process as one of several, before any of them has
/// started MPI; nothing if it was started alone.
std::optional<int> launched_rank();

/// The same for numbers: rank r holds [ends[r - 1], ends[r]) of `whole`.
template <class T>
void gather_all(Ranks& ranks, std::span<T> whole, std::span<const Index> ends) {
  if (!ranks.several()) return;
  std::vector<Index> bytes(ends.begin(), ends.end());
  for (Index& end : bytes) end *= static_cast<Index>(sizeof(T));
  ranks.gather_all(std::as_writable_bytes(whole), bytes);
}

/// Collective: the texts of all ranks, in their order, at every rank.
std::vector<std::string> gather_texts(Ranks& ranks, const std::string& mine);

/// Collective: the same at rank 0 alone; the others receive nothing.
std::vector<std::string> texts_at_first(Ranks& ranks, const std::string& mine);

/// Collective: the text that rank 0 holds, at every rank.
std::string broadcast_text(Ranks& ranks, const std::string& text);

}  // namespace adjoint
