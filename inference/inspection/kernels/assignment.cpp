#include "inference/inspection/kernels/assignment.hpp"

#include <cassert>
#include <limits>
#include <utility>

namespace adjoint {
namespace {

constexpr std::size_t kNobody = static_cast<std::size_t>(-1);

/// Gives one row after the other a column, along the cheapest path of reassignments. The prices
/// keep the reduced costs, cost - row price - column price, at 0 or above, and at 0 where assigned.
class ShortestPaths {
 public:
  explicit ShortestPaths(ConstView gains)
      : gains_(gains),
        n_(static_cast<std::size_t>(gains.shape[0])),
        row_price_(n_),
        column_price_(n_),
        column_of_(n_, kNobody),
        row_of_(n_, kNobody) {}

  std::vector<Index> run() {
    for (std::size_t row = 0; row < n_; ++row) assign(row);
    return {column_of_.begin(), column_of_.end()};
  }

 private:
  double reduced_cost(std::size_t row, std::size_t column) const {
    return -static_cast<double>(gains_.data[row * n_ + column]) - row_price_[row] -
           column_price_[column];
  }

  /// Dijkstra over the columns, from a row that has none to a column that is free.
  void assign(std::size_t start) {
    std::vector<double> distance(n_, std::numeric_limits<double>::infinity());
    std::vector<std::size_t> from(n_, kNobody);  // the row from which a column was reached
    std::vector<bool> done(n_, false);
    std::size_t row = start, last = kNobody;
    double length = 0;
    while (last == kNobody) {
      std::size_t nearest = kNobody;
      for (std::size_t column = 0; column < n_; ++column) {
        if (done[column]) continue;
        const double candidate = length + reduced_cost(row, column);
        if (candidate < distance[column]) {
          distance[column] = candidate;
          from[column] = row;
        }
        if (nearest == kNobody || distance[column] < distance[nearest]) nearest = column;
      }
      done[nearest] = true;
      length = distance[nearest];
      if (row_of_[nearest] == kNobody) {
        last = nearest;
      } else {
        row = row_of_[nearest];
      }
    }
    row_price_[start] += length;
    for (std::size_t column = 0; column < n_; ++column) {
      if (!done[column] || column == last) continue;
      column_price_[column] -= length - distance[column];
      row_price_[row_of_[column]] += length - distance[column];
    }
    while (true) {
      const std::size_t giver = from[last];
      row_of_[last] = giver;
      if (giver == start) break;
      std::swap(last, column_of_[giver]);
    }
    column_of_[start] = last;
  }

  ConstView gains_;
  std::size_t n_;
  std::vector<double> row_price_, column_price_;
  std::vector<std::size_t> column_of_;  // of each row
  std::vector<std::size_t> row_of_;     // of each column
};

}  // namespace

std::vector<Index> best_assignment(ConstView gains) {
  assert(gains.shape.rank() == 2 && gains.shape[0] == gains.shape[1]);
  return ShortestPaths(gains).run();
}

}  // namespace adjoint
