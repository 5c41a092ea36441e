#include "framework/graph/gradient_sum.hpp"

#include <algorithm>

#include "framework/pointwise/linear.hpp"

namespace adjoint {
namespace {

constexpr Index kBlock = 2048;           // numbers of each shard that a core's cache holds at once
constexpr Index kLargestSource = 32768;  // numbers that one task sums, where they can be cut

}  // namespace

GradientSum::GradientSum(const Model& model, const Plan& plan, const Sharding& sharding,
                         ThreadPool& pool)
    : model_(model),
      ranks_(*sharding.ranks),
      pool_(pool),
      layout_(model, sharding.shards),
      slices_(sharding.own()),
      shard_size_(plan.gradient_size()),
      own_additions_(additions(slices_)),
      own_roots_(subtrees(slices_)) {
  const auto reserve = [&](Index size) {
    const Index offset = shard_size_;
    shard_size_ += aligned(size);
    return offset;
  };
  Index largest_tied = 0;
  for (Index p = 0; p < static_cast<Index>(model.parameters().size()); ++p) {
    std::vector<Plan::GradientSlot> slots;
    std::ranges::copy_if(plan.gradient_slots(), std::back_inserter(slots),
                         [&](const Plan::GradientSlot& slot) { return slot.parameter == p; });
    has_gradient_.push_back(!slots.empty());
    if (slots.empty()) continue;
    Source source{.parameter = p,
                  .offset = slots[0].offset,
                  .size = slots[0].size,
                  .place = layout_.place(p),
                  .packing = slots[0].packing};
    if (slots.size() > 1) {
      const auto size =
          static_cast<Index>(model.parameters()[static_cast<std::size_t>(p)].value.size());
      source.offset = reserve(size);
      source.size = size;
      source.packing = nullptr;
      largest_tied = std::max(largest_tied, size);
      tied_.push_back({.slots = std::move(slots), .offset = source.offset, .size = size});
    }
    const Index step = source.packing ? source.size : kLargestSource;
    for (Index first = 0; first < source.size; first += step) {
      Source part = source;
      part.offset += first;
      part.place += first;
      part.size = std::min(step, source.size - first);
      sources_.push_back(part);
    }
  }
  tied_scratch_ = reserve(largest_tied);
  std::ranges::stable_sort(sources_, std::ranges::greater{}, &Source::size);
  shard_gradients_.resize(static_cast<std::size_t>(slices_.size() * shard_size_));
  rows_.resize(own_roots_.size() * static_cast<std::size_t>(layout_.size()));

  // Who sends what to whom, and where it then is: messages in the order of the tree.
  std::vector<ShardRange> all;
  std::vector<int> holders;
  for (int r = 0; r < ranks_.size(); ++r) {
    const ShardRange range = sharding.range(r);
    ends_.push_back(range.last * layout_.slice_size());
    for (const ShardRange& tree : subtrees(range)) {
      all.push_back(tree);
      holders.push_back(r);
    }
    if (r == ranks_.rank()) continue;
    for (std::size_t root = 0; root < own_roots_.size(); ++root) {
      const std::span<Real> theirs =
          row(root).subspan(static_cast<std::size_t>(range.first * layout_.slice_size()),
                            static_cast<std::size_t>(range.size() * layout_.slice_size()));
      outgoing_.push_back({r, std::as_bytes(theirs)});
    }
  }
  last_additions_ = additions(all);
  const auto own = static_cast<std::size_t>(own_size());
  received_.resize((all.size() - own_roots_.size()) * own);
  std::size_t mine = 0, received = 0;
  for (const int holder : holders) {
    if (holder == ranks_.rank()) {
      parts_.push_back(row(mine++).data() + own_place());
      continue;
    }
    const std::span<Real> to = std::span(received_).subspan(own * received++, own);
    incoming_.push_back({holder, std::as_writable_bytes(to)});
    parts_.push_back(to.data());
  }
}

void GradientSum::finish_shard(Index own) {
  Real* const gradients = shard(own);
  for (const Tied& tied : tied_) {
    const View sum(gradients + tied.offset, {tied.size});
    for (std::size_t i = 0; i < tied.slots.size(); ++i) {
      const Plan::GradientSlot& slot = tied.slots[i];
      const ConstView given(gradients + slot.offset, {slot.size});
      const View to = i == 0 ? sum : View(gradients + tied_scratch_, {tied.size});
      if (slot.packing) {
        slot.packing->unpack(given.data, to.data);
      } else {
        copy(given, to);
      }
      if (i > 0) add(to, sum);
    }
  }
}

void GradientSum::sum_source(const Source& source, Index filled) {
  const auto of_shard = [&](Index own) { return shard(own) + source.offset; };
  for (Index first = 0; first < source.size; first += kBlock) {
    const Shape block{std::min(kBlock, source.size - first)};
    for (const Addition& a : own_additions_) {
      if (a.shard < filled)
        add(ConstView(of_shard(a.from) + first, block), View(of_shard(a.into) + first, block));
    }
  }
  for (std::size_t root = 0; root < own_roots_.size(); ++root) {
    if (own_roots_[root].first >= filled) return;
    const Real* const sum = of_shard(own_roots_[root].first - slices_.first);
    Real* const to = row(root).data() + source.place;
    if (source.packing) {
      source.packing->unpack(sum, to);
    } else {
      std::copy_n(sum, source.size, to);
    }
  }
}

void GradientSum::sum(Index filled) {
  run_tasks(pool_, static_cast<Index>(sources_.size()), layout_.size() * slices_.size(),
            [&](Index i) { sum_source(sources_[static_cast<std::size_t>(i)], filled); });
  if (ranks_.several()) ranks_.exchange(outgoing_, incoming_);
  for_each_piece([&](const FlatParameters::Piece& piece, Index place) {
    const Shape shape{piece.size};
    for (const Addition& a : last_additions_) {
      if (a.shard < filled)
        add(ConstView(parts_[static_cast<std::size_t>(a.from)] + place, shape),
            View(parts_[static_cast<std::size_t>(a.into)] + place, shape));
    }
    const Parameter& parameter = model_.parameters()[static_cast<std::size_t>(piece.parameter)];
    if (!parameter.regularizer) return;
    add_penalty_gradient(parameter.regularizer, 1,
                         ConstView(parameter.value.data() + piece.first, shape),
                         View(parts_[0] + place, shape));
  });
}

ConstView GradientSum::gradient(Index parameter) const {
  if (!has_gradient(parameter)) return {};
  return {rows_.data() + layout_.place(parameter),
          shape_of(model_.parameters()[static_cast<std::size_t>(parameter)].value)};
}

void GradientSum::share_parameters(Model& model) {
  if (!ranks_.several()) return;
  const std::span<Real> all = row(0);
  const auto value = [&](const FlatParameters::Piece& piece) {
    return model.parameters()[static_cast<std::size_t>(piece.parameter)].value.data() + piece.first;
  };
  for_each_piece([&](const FlatParameters::Piece& piece, Index) {
    std::copy_n(value(piece), piece.size, all.data() + piece.place);
  });
  gather_all(ranks_, all, ends_);
  const Index slices = static_cast<Index>(layout_.size() / layout_.slice_size());
  run_tasks(pool_, slices, layout_.size(), [&](Index slice) {
    if (slice >= slices_.first && slice < slices_.last) return;
    for (const FlatParameters::Piece& piece : layout_.pieces(slice)) {
      if (has_gradient(piece.parameter))
        std::copy_n(all.data() + piece.place, piece.size, value(piece));
    }
  });
}

std::span<const Real> GradientSum::row_everywhere(std::span<const Real> own) {
  const std::span<Real> all = row(0);
  std::ranges::copy(own, all.begin() + own_place());
  gather_all(ranks_, all, ends_);
  return all;
}

std::span<const Real> GradientSum::row_at_first(std::span<const Real> own) {
  const std::span<Real> all = row(0);
  std::ranges::copy(own, all.begin() + own_place());
  if (!ranks_.several()) return all;
  if (!ranks_.first()) {
    const Ranks::Outgoing message{0, std::as_bytes(own)};
    ranks_.exchange({&message, 1}, {});
    return {};
  }
  std::vector<Ranks::Incoming> incoming;
  for (int r = 1; r < ranks_.size(); ++r) {
    const auto first = static_cast<std::size_t>(ends_[static_cast<std::size_t>(r) - 1]);
    const auto last = static_cast<std::size_t>(ends_[static_cast<std::size_t>(r)]);
    incoming.push_back({r, std::as_writable_bytes(all.subspan(first, last - first))});
  }
  ranks_.exchange({}, incoming);
  return all;
}

}  // namespace adjoint
