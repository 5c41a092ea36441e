// Run by mpirun, once for each rank: checks every call of Ranks, and ends with status 0 if all
// hold.
//   ranks_contract          moves data
//   ranks_contract fail R   rank R fails while the others wait for it

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <stdexcept>

#include "framework/parallel/message.hpp"

namespace adjoint {
namespace {

void check(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

/// What rank `from` sends rank `to` as its message number `number`.
std::vector<int> message(int from, int to, int number, std::size_t size) {
  std::vector<int> values(size);
  std::iota(values.begin(), values.end(), from * 10000 + to * 100 + number);
  return values;
}

void check_exchange(Ranks& ranks, std::size_t size) {
  std::vector<std::vector<int>> sent, received;
  for (int r = 0; r < ranks.size(); ++r) {
    for (int number = 0; number < 2; ++number) {  // which arrive in their order
      sent.push_back(message(ranks.rank(), r, number, size + static_cast<std::size_t>(r)));
      received.emplace_back(size + static_cast<std::size_t>(ranks.rank()));
    }
  }
  std::vector<Ranks::Outgoing> outgoing;
  std::vector<Ranks::Incoming> incoming;
  for (int r = 0; r < ranks.size(); ++r) {
    if (r == ranks.rank()) continue;
    for (std::size_t i = 2 * static_cast<std::size_t>(r); i < 2 * static_cast<std::size_t>(r) + 2;
         ++i) {
      outgoing.push_back({r, std::as_bytes(std::span(sent[i]))});
      incoming.push_back({r, std::as_writable_bytes(std::span(received[i]))});
    }
  }
  ranks.exchange(outgoing, incoming);
  for (int r = 0; r < ranks.size(); ++r) {
    if (r == ranks.rank()) continue;
    for (int number = 0; number < 2; ++number) {
      const std::size_t i = 2 * static_cast<std::size_t>(r) + static_cast<std::size_t>(number);
      check(received[i] == message(r, ranks.rank(), number, received[i].size()), "exchange");
    }
  }
}

void check_gathering(Ranks& ranks) {
  // Rank r has r numbers, rank 0 none.
  std::vector<Index> ends;
  for (int r = 0; r < ranks.size(); ++r) ends.push_back((ends.empty() ? 0 : ends.back()) + r);
  std::vector<double> whole(static_cast<std::size_t>(ends.back()), -1);
  const Index last = ends[static_cast<std::size_t>(ranks.rank())];
  for (Index i = last - ranks.rank(); i < last; ++i)
    whole[static_cast<std::size_t>(i)] = 0.5 + static_cast<double>(i);
  gather_all(ranks, std::span(whole), ends);
  for (std::size_t i = 0; i < whole.size(); ++i)
    check(whole[i] == 0.5 + static_cast<double>(i), "gather_all");

  const std::vector<std::string> texts =
      gather_texts(ranks, "text of " + std::to_string(ranks.rank()));
  for (int r = 0; r < ranks.size(); ++r)
    check(texts[static_cast<std::size_t>(r)] == "text of " + std::to_string(r), "gather_texts");
  // Rank r sends r letters.
  const std::vector<std::string> firsts =
      texts_at_first(ranks, std::string(static_cast<std::size_t>(ranks.rank()), 'f'));
  check(firsts.size() == (ranks.first() ? static_cast<std::size_t>(ranks.size()) : 0),
        "texts_at_first");
  for (std::size_t r = 0; r < firsts.size(); ++r)
    check(firsts[r] == std::string(r, 'f'), "texts_at_first");
  const std::vector<int> numbers =
      gather_values(ranks, std::vector<int>(static_cast<std::size_t>(ranks.rank()), ranks.rank()));
  check(numbers.size() == static_cast<std::size_t>(ranks.size() * (ranks.size() - 1) / 2),
        "gather_values");
  check(std::ranges::is_sorted(numbers), "gather_values");
  const std::string big(100'000, 'b');
  check(broadcast_text(ranks, ranks.first() ? big : "") == big, "broadcast_text");
}

void check_all(Ranks& ranks) {
  check(ranks.rank() >= 0 && ranks.rank() < ranks.size(), "rank");
  check(ranks.neighbours() == ranks.size(), "neighbours");
  if (ranks.several()) check(ranks.name(1).starts_with("rank 1 (host "), "name");
  const std::vector<std::string> numbers = gather_texts(ranks, std::to_string(ranks.rank()));
  for (int r = 0; r < ranks.size(); ++r)
    check(numbers[static_cast<std::size_t>(r)] == std::to_string(r), "each rank once");
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{1} << 20})
    check_exchange(ranks, size);
  check_gathering(ranks);
  const Ranks::Traffic traffic = ranks.traffic();
  const std::int64_t sent =
      ranks.size() > 1 ? 2 * 4 * ((1 << 20) + 1) * std::int64_t{ranks.size() - 1} : 0;
  check(traffic.bytes >= sent && traffic.bytes < sent + 1'000'000 * std::int64_t{ranks.size()},
        "bytes");
  check((traffic.seconds > 0) == ranks.several(), "seconds");
}

int run(int argc, char** argv) {
  const std::shared_ptr<Ranks> ranks = start_ranks();
  const int failing = argc > 2 ? std::atoi(argv[2]) : -1;
  const auto print = [](const Ranks::Outcome& outcome) {
    std::printf("%d %s\n", outcome.status, outcome.message.c_str());
    std::fflush(stdout);
  };
  ranks->on_failure(print);
  Ranks::Outcome mine;
  bool ended = true;
  try {
    check_all(*ranks);
    if (ranks->rank() == failing) throw std::runtime_error("out of paper");
    // The others wait for it in a call to which it never comes.
    if (failing >= 0) gather_texts(*ranks, "");
  } catch (const RankFailure&) {
    ended = false;
  } catch (const std::exception& error) {
    mine = {.status = 7, .message = error.what()};
  }
  const Ranks::Outcome outcome = ranks->conclude(ended ? &mine : nullptr);
  if (ranks->first() && outcome.status == 0) print(outcome);
  return outcome.status;
}

}  // namespace
}  // namespace adjoint

int main(int argc, char** argv) {
  return adjoint::run(argc, argv);
}
