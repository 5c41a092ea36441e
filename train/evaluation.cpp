#include "train/evaluation.hpp"

#include "framework/metrics/psnr.hpp"

namespace adjoint {

Evaluator::Evaluator(const Model& model, const Loss& loss, const Shape& sample, Index batch,
                     ThreadPool& pool)
    : loss_(loss),
      sharded_(model, {.mode = Mode::inference, .input = sample, .batch = batch, .loss = &loss},
               pool),
      output_(make_tensor(sharded_.plan().output_shape().batched(batch))) {}

Evaluation Evaluator::run(Loader& loader) {
  Evaluation result;
  loader.start(0);
  while (const Batch* batch = loader.next()) {
    const Index count = batch->count();
    const View output = view(output_).slice(0, count);
    sharded_.run({.input = batch->input, .output = output});
    const Activation& absorbed = sharded_.plan().absorbed_activation();
    result.loss +=
        static_cast<double>(count) * loss_.evaluate(output, batch->target, {}, output.size(),
                                                    absorbed.kind != Activation::Kind::linear);
    apply(absorbed, output, output);
    result.psnr += static_cast<double>(count) * mean_psnr(output, batch->target);
    result.input_psnr += static_cast<double>(count) * mean_psnr(batch->input, batch->target);
    result.samples += count;
  }
  const double samples = static_cast<double>(std::max<Index>(result.samples, 1));
  result.loss /= samples;
  result.psnr /= samples;
  result.input_psnr /= samples;
  return result;
}

}  // namespace adjoint
