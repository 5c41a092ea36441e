// Adjoint inside another program: build a model in C++, train it for a moment, denoise with it.
//
//     embed                  trains the model below on images made on the fly
//     embed checkpoint.h5    takes the model of a run of `adjoint train` instead

#include <adjoint/adjoint.hpp>
#include <cstdio>

using namespace adjoint;

namespace {

const Shape kImage = {32, 32, 1};  // height, width, channels
constexpr Index kBatch = 32;

struct Batch {
  Tensor noisy, clean;  // (N, height, width, channels)
};

/// Images that nobody has seen before, and the same with noise.
Batch make_batch(std::uint32_t epoch) {
  const SyntheticDataset images({.size = {32, 32}, .count = kBatch}, /*seed=*/1);
  Batch batch{make_tensor(kImage.batched(kBatch)), make_tensor(kImage.batched(kBatch))};
  for (Index i = 0; i < kBatch; ++i) {
    images.read(i, epoch, view(batch.clean).slice(i, 1));
  }
  batch.noisy = batch.clean;
  for (Index i = 0; i < kBatch; ++i) {
    corrupt({{.kind = "gaussian", .sigma = {0.2, 0.2}}}, 1, epoch, i,
            view(batch.noisy).slice(i, 1));
  }
  return batch;
}

/// One convolution down and its adjoint back up: the second layer's kernel *is* the first one's.
Model build_denoiser() {
  const PaddingRule same{.kind = PaddingRule::Kind::same};
  Model model({0, 0, 1});  // any height and width
  model.add({.name = "down",
             .layer = std::make_shared<Conv2D>(ConvolutionLayer::Settings{
                 .filters = 32, .kernel_size = {4, 4}, .strides = {2, 2}, .padding = same}),
             .activation = {.kind = Activation::Kind::relu}});
  model.add({.name = "up",
             .layer = std::make_shared<Conv2DTranspose>(ConvolutionLayer::Settings{
                 .filters = 1, .kernel_size = {4, 4}, .strides = {2, 2}, .padding = same}),
             .tied_to = "down"});
  model.initialize(/*seed=*/1);
  return model;
}

void train(Model& model, ThreadPool& pool) {
  const MeanSquaredError loss;
  const Adam adam({.learning_rate = 3e-3});
  TrainingStep step(model, loss, adam, {.input = kImage, .batch = kBatch}, pool);
  for (std::uint32_t i = 1; i <= 150; ++i) {
    const Batch batch = make_batch(i);
    const double value = step.run(view(batch.noisy), view(batch.clean));
    if (i % 50 == 0) std::printf("step %3u  loss %.5f\n", i, value);
  }
}

Model load_model(const std::string& path) {
  const Checkpoint checkpoint = load_checkpoint(path);
  const Config config = parse_checkpoint_config(checkpoint.config, checkpoint.config_folder, path);
  Model model = build_model(config.model, config.seed);
  load_weights(path, model);
  return model;
}

}  // namespace

int main(int argc, char** argv) try {
  ThreadPool pool;
  Model model = argc > 1 ? load_model(argv[1]) : build_denoiser();
  if (argc == 1) train(model, pool);

  const Batch test = make_batch(kFixedEpoch);
  Predictor denoise(model, {.input = kImage, .batch = kBatch}, pool);
  const Tensor denoised = denoise(view(test.noisy));
  const double before = mean_psnr(view(test.noisy), view(test.clean));
  const double after = mean_psnr(view(denoised), view(test.clean));
  std::printf("PSNR: noisy %.2f dB, denoised %.2f dB\n", before, after);
  return after > before ? 0 : 1;
} catch (const Error& error) {
  std::fprintf(stderr, "embed: %s\n", error.what());
  return 1;
}
