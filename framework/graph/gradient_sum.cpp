#include "framework/graph/gradient_sum.hpp"

#include <algorithm>

#include "framework/pointwise/linear.hpp"

namespace adjoint {
namespace {

constexpr Index kBlock = 2048;           // numbers of each shard that a core's cache holds at once
constexpr Index kLargestSource = 32768;  // numbers that one task sums, where they can be cut

/// The step that leaves a parameter's gradient, where it is one alone.
Index step_of(const Plan& plan, Index parameter) {
  for (std::size_t step = 0; step < plan.steps().size(); ++step) {
    for (const Index slot : plan.steps()[step].parameter_gradients) {
      if (slot >= 0 && plan.gradient_slots()[static_cast<std::size_t>(slot)].parameter == parameter)
        return static_cast<Index>(step);
    }
  }
  return -1;
}

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
    const auto whole =
        static_cast<Index>(model.parameters()[static_cast<std::size_t>(p)].value.size());
    Source source{.parameter = p,
                  .offset = slots[0].offset,
                  .size = slots[0].size,
                  .place = layout_.place(p),
                  .packing = slots[0].packing,
                  .step = step_of(plan, p)};
    if (slots.size() > 1) {
      source.offset = reserve(whole);
      source.size = whole;
      source.packing = nullptr;
      source.step = -1;
      largest_tied = std::max(largest_tied, whole);
      tied_.push_back({.slots = std::move(slots), .offset = source.offset, .size = whole});
    }
    const Index step = source.packing ? source.size : kLargestSource;
    for (Index first = 0; first < source.size; first += step) {
      Source part = source;
      part.offset += first;
      part.place += first;
      part.size = std::min(step, source.size - first);
      part.extent = source.packing ? whole : part.size;
      sources_.push_back(part);
    }
  }
  tied_scratch_ = reserve(largest_tied);
  std::ranges::stable_sort(sources_, std::ranges::greater{}, &Source::size);
  progress_ = std::vector<Progress>(sources_.size());
  sources_of_step_.resize(plan.steps().size());
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const Index step = sources_[i].step;
    (step < 0 ? tied_sources_ : sources_of_step_[static_cast<std::size_t>(step)]).push_back(i);
  }
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
  }
  // Each begins with the rank behind it, so that not all send to the same one.
  for (int i = 1; i < ranks_.size(); ++i) {
    const int r = (ranks_.rank() + i) % ranks_.size();
    const ShardRange range = sharding.range(r);
    for (std::size_t root = 0; root < own_roots_.size(); ++root) {
      const std::span<Real> theirs =
          row(root).subspan(static_cast<std::size_t>(range.first * layout_.slice_size()),
                            static_cast<std::size_t>(range.size() * layout_.slice_size()));
      outgoing_.push_back({r, std::as_bytes(theirs)});
      outgoing_places_.push_back(
          {range.first * layout_.slice_size(), range.last * layout_.slice_size()});
    }
  }
  sent_.resize(outgoing_.size());
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

void GradientSum::begin(Index filled) {
  if (under_way_ && ranks_.several())
    sum();  // a batch whose loss was not a number: the others have sent theirs, too
  filled_ = filled;
  under_way_ = true;
  const Index own = std::clamp<Index>(filled - slices_.first, 0, slices_.size());
  for (Progress& progress : progress_) {
    progress.missing = own;
    progress.summed = false;
  }
  sent_.assign(sent_.size(), false);
  ranks_.post({}, incoming_);
}

void GradientSum::step_done(Index step, int worker) {
  for (const std::size_t source : sources_of_step_[static_cast<std::size_t>(step)])
    source_done(source);
  if (worker == 0) send_what_is_final();
}

/// By the thread that may speak to other ranks, between two steps of its shard.
void GradientSum::send_what_is_final() {
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (!progress_[i].summed && progress_[i].missing.load(std::memory_order_acquire) == 0)
      sum_source(i);
  }
  send_what_is_summed();
  ranks_.poke();
}

/// Messages between two ranks must go in their order, which is that of the list.
void GradientSum::send_what_is_summed() {
  for (std::size_t m = 0; m < outgoing_.size(); ++m) {
    if (sent_[m]) continue;
    const ShardRange& places = outgoing_places_[m];
    const auto waits = [&](std::size_t i) {
      return !progress_[i].summed && sources_[i].place < places.last &&
             places.first < sources_[i].end();
    };
    bool whole = true;
    for (std::size_t i = 0; i < sources_.size() && whole; ++i) whole = !waits(i);
    if (!whole) continue;
    ranks_.post({&outgoing_[m], 1}, {});
    sent_[m] = true;
  }
}

void GradientSum::finish_shard(Index own, int worker) {
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
  for (const std::size_t source : tied_sources_) source_done(source);
  if (worker == 0 && ranks_.several()) send_what_is_final();
}

void GradientSum::sum_source(std::size_t number) {
  const Source& source = sources_[number];
  progress_[number].summed = true;
  const auto of_shard = [&](Index own) { return shard(own) + source.offset; };
  for (Index first = 0; first < source.size; first += kBlock) {
    const Shape block{std::min(kBlock, source.size - first)};
    for (const Addition& a : own_additions_) {
      if (a.shard < filled_)
        add(ConstView(of_shard(a.from) + first, block), View(of_shard(a.into) + first, block));
    }
  }
  for (std::size_t root = 0; root < own_roots_.size(); ++root) {
    if (own_roots_[root].first >= filled_) return;
    const Real* const sum = of_shard(own_roots_[root].first - slices_.first);
    Real* const to = row(root).data() + source.place;
    if (source.packing) {
      source.packing->unpack(sum, to);
    } else {
      std::copy_n(sum, source.size, to);
    }
  }
}

void GradientSum::sum() {
  run_tasks(pool_, static_cast<Index>(sources_.size()), layout_.size() * slices_.size(),
            [&](Index i) {
              const auto number = static_cast<std::size_t>(i);
              if (!progress_[number].summed) sum_source(number);
            });
  send_what_is_summed();
  ranks_.finish();
  under_way_ = false;
  for_each_piece([&](const FlatParameters::Piece& piece, Index place) {
    const Shape shape{piece.size};
    for (const Addition& a : last_additions_) {
      if (a.shard < filled_)
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
