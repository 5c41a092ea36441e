#include "tests/support/layer_run.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace adjoint {
namespace {

constexpr Real kNaN = std::numeric_limits<Real>::quiet_NaN();

/// Scratch memory with a margin that the layer must leave alone.
class Scratch {
 public:
  explicit Scratch(const Prepared* prepared)
      : size_(prepared ? prepared->scratch_size() : 0),
        data_(static_cast<std::size_t>(size_ + kMargin), kNaN) {}
  ~Scratch() {
    for (auto x = data_.end() - kMargin; x != data_.end(); ++x) {
      EXPECT_TRUE(std::isnan(*x)) << "wrote behind its scratch";
    }
  }
  View view() { return size_ > 0 ? View(data_.data(), {size_}) : View(); }

 private:
  static constexpr Index kMargin = 16;
  Index size_;
  std::vector<Real> data_;
};

std::vector<ConstView> views(const std::vector<Tensor>& tensors) {
  std::vector<ConstView> result;
  for (const Tensor& tensor : tensors) result.push_back(view(tensor));
  return result;
}

}  // namespace

LayerRun::LayerRun(const Layer& layer, const LayerShapes& shapes, Index batch,
                   std::vector<Index> shards)
    : layer_(layer),
      specs_(layer.parameters(shapes)),
      shards_(shards.empty() ? std::vector<Index>{batch} : std::move(shards)),
      prepared_(layer.prepare(shapes, {.batch = batch})),
      statistics_count_(layer.statistics(shapes)),
      output_(make_tensor(layer.output_shape(shapes).batched(batch), kNaN)),
      packing_(prepared_ ? prepared_->packing() : nullptr),
      packed_(make_tensor({packing_ ? packing_->packed_size() : 0}, kNaN)) {
  std::uint32_t stream = 0;
  for (const Shape& shape : shapes.inputs) {
    inputs.push_back(distinct_numbers(shape.batched(batch), stream++));
    // No ties between inputs either: each lies off the first by less than half the numbers'
    // spacing.
    const double spacing = 3.0 / static_cast<double>(inputs.back().size() + 1);
    const double part =
        static_cast<double>(inputs.size() - 1) / static_cast<double>(2 * shapes.inputs.size() + 1);
    inputs.back() += static_cast<Real>(spacing * part);
  }
  for (const ParameterSpec& spec : specs_) {
    parameters.push_back(distinct_numbers(spec.shape, stream++));
    if (!spec.trainable) parameters.back() += Real(2);  // a variance must be positive
  }
}

template <class Work>
void LayerRun::for_each_shard(Work work) {
  Index first = 0;
  for (Index count : shards_) {
    RandomKey key = random;
    key.index += static_cast<std::uint32_t>(first);
    work(first, count, key);
    first += count;
  }
}

template <class Collect>
std::vector<double> LayerRun::collect_sums(Collect collect) {
  std::vector<double> sums(static_cast<std::size_t>(statistics_count_), 0.0);
  std::vector<double> part(sums.size());
  for_each_shard([&](Index first, Index count, const RandomKey& key) {
    part.assign(part.size(), std::numeric_limits<double>::quiet_NaN());
    collect(first, count, key, part);
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += part[i];
  });
  return sums;
}

const Tensor& LayerRun::forward() {
  output_.fill(kNaN);
  if (packing_) packing_->pack(parameters[0].data(), packed_.data());
  const auto run = [&](Index first, Index count, const RandomKey& key, std::vector<double>* part) {
    std::vector<ConstView> in;
    for (const Tensor& input : inputs) in.push_back(view(input).slice(first, count));
    const std::vector<ConstView> p = views(parameters);
    Scratch scratch(prepared_.get());
    ForwardPass pass{.inputs = in,
                     .parameters = p,
                     .output = view(output_).slice(first, count),
                     .packed = view(std::as_const(packed_)),
                     .scratch = scratch.view(),
                     .prepared = prepared_.get(),
                     .mode = mode,
                     .random = key};
    if (part) return layer_.collect(pass, *part);
    if (mode == Mode::training) pass.statistics = statistics_;
    layer_.forward(pass);
  };
  if (statistics_count_ > 0 && mode == Mode::training) {
    statistics_ = collect_sums([&](Index first, Index count, const RandomKey& key,
                                   std::vector<double>& part) { run(first, count, key, &part); });
  }
  for_each_shard(
      [&](Index first, Index count, const RandomKey& key) { run(first, count, key, nullptr); });
  return output_;
}

LayerRun::Gradients LayerRun::backward(const Tensor& output_gradient, const Unasked& unasked) {
  Gradients result;
  for (const Tensor& input : inputs) result.inputs.push_back(make_tensor(shape_of(input), kNaN));
  for (const ParameterSpec& spec : specs_) {
    result.parameters.push_back(spec.trainable ? make_tensor(spec.shape, 0) : Tensor());
  }
  const BackwardNeeds needs = layer_.backward_needs();
  const Packing* packing = prepared_ ? prepared_->gradient_packing() : nullptr;
  std::vector<double> gradient_statistics;

  const auto run = [&](Index first, Index count, const RandomKey& key, std::vector<double>* part) {
    std::vector<ConstView> in;
    std::vector<View> in_gradients;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      in.push_back(needs.inputs ? view(std::as_const(inputs[i])).slice(first, count) : ConstView());
      View gradient = view(result.inputs[i]).slice(first, count);
      if (unasked.input == static_cast<Index>(i)) gradient.data = nullptr;
      in_gradients.push_back(gradient);
    }
    const std::vector<ConstView> p = views(parameters);
    // Each shard writes its own share; the graph sums them.
    Tensor dy = output_gradient;  // the layer may overwrite it
    std::vector<Tensor> shares;
    std::vector<View> p_gradients;
    shares.reserve(specs_.size());
    for (std::size_t i = 0; i < specs_.size(); ++i) {
      const bool packed = i == 0 && packing;
      shares.push_back(make_tensor(packed ? Shape{packing->packed_size()} : specs_[i].shape, kNaN));
      const bool asked = specs_[i].trainable && unasked.parameter != static_cast<Index>(i);
      p_gradients.push_back(asked ? view(shares[i]) : View(nullptr, shape_of(shares[i])));
    }
    Scratch scratch(prepared_.get());
    BackwardPass pass{
        .inputs = in,
        .parameters = p,
        .output = needs.output ? view(std::as_const(output_)).slice(first, count) : ConstView(),
        .output_gradient = view(dy).slice(first, count),
        .input_gradients = in_gradients,
        .parameter_gradients = p_gradients,
        .packed = view(std::as_const(packed_)),
        .scratch = scratch.view(),
        .prepared = prepared_.get(),
        .random = key,
        .statistics = statistics_,
        .gradient_statistics = gradient_statistics};
    if (part) return layer_.collect_gradient(pass, *part);
    layer_.backward(pass);
    for (std::size_t i = 0; i < specs_.size(); ++i) {
      if (!specs_[i].trainable) continue;
      if (i == 0 && packing) {
        Tensor plain = make_tensor(specs_[i].shape, kNaN);
        packing->unpack(shares[i].data(), plain.data());
        shares[i] = plain;
      }
      result.parameters[i] += shares[i];
    }
  };
  if (statistics_count_ > 0) {
    gradient_statistics =
        collect_sums([&](Index first, Index count, const RandomKey& key,
                         std::vector<double>& part) { run(first, count, key, &part); });
  }
  for_each_shard(
      [&](Index first, Index count, const RandomKey& key) { run(first, count, key, nullptr); });
  return result;
}

Tensor distinct_numbers(const Shape& shape, std::uint32_t index) {
  const Index size = shape.size();
  const std::vector<Index> order = permutation(size, {.seed = 11, .index = index});
  Tensor tensor = make_tensor(shape);
  // Odd multiples of 1.5 / size; an odd number of them would hold 0, hence the even divisor.
  const Index steps = size + size % 2;
  for (Index i = 0; i < size; ++i) {
    tensor.data()[i] =
        Real(1.5) * static_cast<Real>(2 * order[i] + 1 - steps) / static_cast<Real>(steps);
  }
  return tensor;
}

Tensor tensor_of(const Shape& shape, const std::vector<Real>& elements) {
  EXPECT_EQ(shape.size(), static_cast<Index>(elements.size()));
  return copy_of(ConstView(elements.data(), shape));
}

}  // namespace adjoint
