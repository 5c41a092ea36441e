#include "tests/support/thread_ranks.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <tuple>

namespace adjoint {
namespace {

using Bytes = std::vector<std::byte>;

/// What is posted and what is collective do not meet.
enum Way { kPosted, kCollective };

/// What the threads share: messages on their way, by sender, receiver and way.
struct Post {
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::tuple<int, int, Way>, std::vector<Bytes>> messages;
  bool failed = false;
};

class ThreadRanks final : public Ranks {
 public:
  ThreadRanks(int rank, int size, Post& post) : rank_(rank), size_(size), post_(post) {}

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  std::string name(int rank) const override { return "rank " + std::to_string(rank); }
  int neighbours() const override { return size_; }
  Traffic traffic() const override { return traffic_; }
  Outcome conclude(const Outcome* mine) override { return mine ? *mine : Outcome{}; }

  void post(std::span<const Outgoing> outgoing, std::span<const Incoming> incoming) override {
    for (const Outgoing& message : outgoing) send(message.to, message.bytes, kPosted);
    expected_.insert(expected_.end(), incoming.begin(), incoming.end());
  }
  void finish() override {
    for (const Incoming& message : expected_) receive(message.from, message.bytes, kPosted);
    expected_.clear();
  }
  void gather_all(std::span<std::byte> whole, std::span<const Index> ends) override {
    const auto part = [&](int r) {
      const auto first =
          static_cast<std::size_t>(r == 0 ? 0 : ends[static_cast<std::size_t>(r) - 1]);
      return whole.subspan(first,
                           static_cast<std::size_t>(ends[static_cast<std::size_t>(r)]) - first);
    };
    for (int r = 0; r < size_; ++r)
      if (r != rank_) send(r, part(rank_), kCollective);
    for (int r = 0; r < size_; ++r)
      if (r != rank_) receive(r, part(r), kCollective);
  }
  void broadcast(std::span<std::byte> bytes) override {
    if (rank_ != 0) return receive(0, bytes, kCollective);
    for (int r = 1; r < size_; ++r) send(r, bytes, kCollective);
  }

 private:
  void send(int to, std::span<const std::byte> bytes, Way way) {
    const std::lock_guard lock(post_.mutex);
    post_.messages[{rank_, to, way}].emplace_back(bytes.begin(), bytes.end());
    traffic_.bytes += static_cast<std::int64_t>(bytes.size());
    post_.changed.notify_all();
  }
  void receive(int from, std::span<std::byte> bytes, Way way) {
    std::unique_lock lock(post_.mutex);
    std::vector<Bytes>& waiting = post_.messages[{from, rank_, way}];
    post_.changed.wait(lock, [&] { return post_.failed || !waiting.empty(); });
    if (waiting.empty()) throw RankFailure();
    if (waiting.front().size() != bytes.size()) throw std::logic_error("sizes of a message differ");
    std::ranges::copy(waiting.front(), bytes.begin());
    waiting.erase(waiting.begin());
  }

  int rank_, size_;
  Post& post_;
  Traffic traffic_;
  std::vector<Incoming> expected_;
};

}  // namespace

void run_thread_ranks(int size, const std::function<void(Ranks&)>& body) {
  Post post;
  std::exception_ptr failure;
  std::vector<std::thread> threads;
  for (int r = 0; r < size; ++r) {
    threads.emplace_back([&, r] {
      ThreadRanks ranks(r, size, post);
      try {
        body(ranks);
      } catch (const RankFailure&) {
      } catch (...) {
        const std::lock_guard lock(post.mutex);
        if (!failure) failure = std::current_exception();
        post.failed = true;
        post.changed.notify_all();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace adjoint
