// Adjoint inside another program: build a model in C++, train it for a moment, denoise with it.
//
//     embed                  trains the model below on images made on the fly
//     embed checkpoint.h5    takes what a run of `adjoint train` learned instead

#include <adjoint/adjoint.hpp>
#include <cstdio>

using namespace adjoint;

namespace {

const Shape kImage = {32, 32, 1};  // height, width, channels
constexpr Index kBatch = 32;

/// `count` images that the seed decides, with and without noise.
Loader make_loader(Index count, std::uint64_t seed) {
  const SyntheticSpec images{.size = {32, 32}, .count = count};
  const CorruptionSpec noise{GaussianNoise{.sigma = {0.2, 0.2}}};
  return Loader(std::make_shared<SyntheticDataset>(images, seed), {noise},
                {.batch_size = kBatch, .seed = seed});
}

/// One convolution down and its adjoint back up: they share one kernel.
Model build_denoiser() {
  const ConvolutionLayer::Settings down{.filters = 32,
                                        .kernel_size = {4, 4},
                                        .strides = {2, 2},
                                        .padding = {.kind = PaddingRule::Kind::same}};
  ConvolutionLayer::Settings up = down;
  up.filters = 1;

  Model model({0, 0, 1});  // any height and width
  model.add({.name = "down",
             .layer = std::make_shared<Conv2D>(down),
             .activation = {.kind = Activation::Kind::relu}});
  model.add({.name = "up", .layer = std::make_shared<Conv2DTranspose>(up), .tied_to = "down"});
  model.initialize(/*seed=*/1);
  return model;
}

void train(Model& model, ThreadPool& pool) {
  const MeanSquaredError loss;
  const Adam adam({.learning_rate = 3e-3});
  TrainingStep step(model, loss, adam, {.input = kImage, .batch = kBatch}, pool);
  Loader loader = make_loader(50 * kBatch, /*seed=*/1);
  for (std::uint32_t epoch = 1; epoch <= 3; ++epoch) {
    double sum = 0;
    loader.start(epoch);
    while (const Batch* batch = loader.next()) sum += step.run(batch->input, batch->target);
    std::printf("epoch %u  loss %.5f\n", epoch, sum / static_cast<double>(loader.batches()));
  }
}

Tensor denoise_with_own_model(ConstView noisy, ThreadPool& pool) {
  Model model = build_denoiser();
  train(model, pool);
  Predictor predictor(model, {.input = kImage, .batch = kBatch}, pool);
  return predictor(noisy);
}

/// The model of a checkpoint takes images of any size.
Tensor denoise_with_checkpoint(const std::string& path, ConstView noisy, ThreadPool& pool) {
  ImageModel model(path, pool);
  return model.reconstruct(noisy);
}

}  // namespace

int main(int argc, char** argv) try {
  ThreadPool pool;
  Loader unseen = make_loader(kBatch, /*seed=*/2);
  unseen.start(1);
  const Batch& batch = *unseen.next();

  const Tensor denoised = argc > 1 ? denoise_with_checkpoint(argv[1], batch.input, pool)
                                   : denoise_with_own_model(batch.input, pool);
  const double before = mean_psnr(batch.input, batch.target);
  const double after = mean_psnr(view(denoised), batch.target);
  std::printf("PSNR: noisy %.2f dB, denoised %.2f dB\n", before, after);
  return after > before ? 0 : 1;
} catch (const Error& error) {
  std::fprintf(stderr, "embed: %s\n", error.what());
  return 1;
}
