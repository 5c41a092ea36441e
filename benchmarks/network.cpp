// What messages between two ranks cost: mpirun -n 2 benchmark_network. Prints one line of JSON with
// the seconds of an exchange of so many bytes in both directions, of gathering so many bytes from
// each rank, and of exchanging so many messages of eight bytes at once.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <cstdio>
#include <cxxopts.hpp>

#include "benchmarks/candidates.hpp"
#include "framework/parallel/ranks.hpp"

namespace adjoint {
namespace {

using Clock = std::chrono::steady_clock;

/// Median over five turns, each of as many calls as take a fifth of `seconds`.
template <class Call>
double time_of(Ranks& ranks, double seconds, Call call) {
  const auto turn = [&](int calls) {
    const auto start = Clock::now();
    for (int i = 0; i < calls; ++i) call();
    return std::chrono::duration<double>(Clock::now() - start).count() / calls;
  };
  turn(3);
  int calls = static_cast<int>(std::max(1.0, seconds / 5 / turn(10)));
  ranks.broadcast(std::as_writable_bytes(std::span(&calls, 1)));
  std::vector<double> times;
  for (int i = 0; i < 5; ++i) times.push_back(turn(calls));
  return median(times);
}

std::string rows(const std::vector<std::pair<Index, double>>& times) {
  std::vector<std::string> texts;
  for (const auto& [size, seconds] : times)
    texts.push_back(fmt::format("[{}, {:.5g}]", size, seconds));
  return fmt::format("[{}]", fmt::join(texts, ", "));
}

void run(Ranks& ranks, double seconds) {
  constexpr Index kMostBytes = Index{64} << 20, kMostMessages = 1024, kMessage = 8;
  std::vector<std::byte> sent(kMostBytes), received(2 * kMostBytes);
  const int other = 1 - ranks.rank();
  std::vector<std::pair<Index, double>> exchange, gather, messages;
  for (Index bytes = 8; bytes <= kMostBytes; bytes *= 2) {
    const Ranks::Outgoing out{other, std::span(sent).first(static_cast<std::size_t>(bytes))};
    const Ranks::Incoming in{other, std::span(received).first(static_cast<std::size_t>(bytes))};
    exchange.emplace_back(bytes, time_of(ranks, seconds, [&] {
                            ranks.exchange({&out, 1}, {&in, 1});
                          }));
    const std::vector<Index> ends{bytes, 2 * bytes};
    const std::span whole = std::span(received).first(static_cast<std::size_t>(2 * bytes));
    gather.emplace_back(bytes, time_of(ranks, seconds, [&] { ranks.gather_all(whole, ends); }));
  }
  for (Index count = 1; count <= kMostMessages; count *= 2) {
    const std::vector<Ranks::Outgoing> out(static_cast<std::size_t>(count),
                                           {other, std::span(sent).first(kMessage)});
    const std::vector<Ranks::Incoming> in(static_cast<std::size_t>(count),
                                          {other, std::span(received).first(kMessage)});
    messages.emplace_back(count, time_of(ranks, seconds, [&] { ranks.exchange(out, in); }));
  }
  if (ranks.first())
    fmt::print("{{\"exchange\": {}, \"gather_all\": {}, \"messages\": {}}}\n", rows(exchange),
               rows(gather), rows(messages));
}

}  // namespace
}  // namespace adjoint

int main(int argc, char** argv) {
  try {
    cxxopts::Options options("network", "What messages between two ranks cost");
    options.add_options()("seconds", "of each size",
                          cxxopts::value<double>()->default_value("0.2"));
    const std::shared_ptr<adjoint::Ranks> ranks = adjoint::start_ranks();
    const auto parsed = options.parse(argc, argv);
    if (ranks->size() != 2) throw std::runtime_error("expected two ranks: mpirun -n 2");
    adjoint::run(*ranks, parsed["seconds"].as<double>());
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "network: %s\n", error.what());
    return 1;
  }
}
