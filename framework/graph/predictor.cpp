#include "framework/graph/predictor.hpp"

#include <algorithm>

namespace adjoint {

Predictor::Predictor(const Model& model, const Options& options, ThreadPool& pool)
    : batch_(options.batch),
      sharded_(model,
               {.mode = Mode::inference,
                .input = options.input.empty() ? model.example_shape() : options.input,
                .batch = options.batch,
                .from = options.from,
                .to = options.to,
                .engine = options.engine},
               pool) {}

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
