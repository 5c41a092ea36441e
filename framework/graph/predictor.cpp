#include "framework/graph/predictor.hpp"

#include <algorithm>

namespace adjoint {

namespace {

PlanRequest request(const Model& model, const Predictor::Options& options, Index batch) {
  return {.mode = Mode::inference,
          .input = options.input.empty() ? model.example_shape() : options.input,
          .batch = batch,
          .from = options.from,
          .to = options.to,
          .convolution = options.convolution};
}

}  // namespace

Predictor::Predictor(const Model& model, const Options& options, ThreadPool& pool)
    : batch_(options.batch), sharded_(model, request(model, options, options.batch), pool) {}

std::size_t Predictor::memory(const Model& model, const Options& options) {
  const Index size = Sharding{}.shard_size(options.batch);
  const Plan shard(model, request(model, options, size));
  // One phase, as all inference: a workspace for each thread, which may be one for each shard.
  const Index workspaces = (options.batch + size - 1) / size;
  return static_cast<std::size_t>(workspaces * shard.arena_size()) * sizeof(Real);
}

Tensor Predictor::operator()(ConstView input) {
  Tensor output = make_tensor(output_shape().batched(input.shape[0]));
  run(input, view(output));
  return output;
}

void Predictor::run(ConstView input, View output) {
  for (Index first = 0; first < input.shape[0]; first += batch_) {
    const Index count = std::min(batch_, input.shape[0] - first);
    sharded_.run({.input = input.slice(first, count), .output = output.slice(first, count)});
  }
}

}  // namespace adjoint
