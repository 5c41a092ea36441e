// Times every engine on every product of the convolutions that the tests run over. A product is
// verified against the reference, exactly, on small integers, before it is timed. Filters and the
// rest are Google Benchmark's: kernels --benchmark_filter=onednn

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>

#include "benchmarks/fma_peak.hpp"
#include "framework/conv/convolution.hpp"
#include "framework/tensor/aligned_vector.hpp"
#include "framework/tensor/random.hpp"
#include "tests/framework/conv/cases.hpp"

namespace adjoint {
namespace {

/// The operands of one product, all of small integers, whose sums are exact in float.
class Operands {
 public:
  Operands(const ConvCase& c, Product product, const EngineRequest& request)
      : product_(product),
        geometry_(c.geometry()),
        convolution_(geometry_, request, {product}),
        image_shape_(geometry_.image.shape().batched(c.batch)),
        features_shape_(geometry_.features.shape().batched(c.batch)),
        image_(integers(image_shape_.size(), 1)),
        kernel_(integers(geometry_.kernel_shape().size(), 2)),
        features_(integers(features_shape_.size(), 3)),
        packing_(convolution_.gradient_packing()),
        gradient_(packing_ ? static_cast<std::size_t>(packing_->packed_size()) : kernel_.size()),
        packed_(static_cast<std::size_t>(convolution_.packed_size())),
        scratch_(static_cast<std::size_t>(convolution_.scratch_size())) {
    convolution_.pack(kernel_.data(), packed_.data());
  }

  void run() {
    const Convolution::Memory memory{
        .packed = ConstView(packed_.data(), {convolution_.packed_size()}),
        .scratch = View(scratch_.data(), {convolution_.scratch_size()})};
    switch (product_) {
      case Product::forward:
        return convolution_.forward(image(), kernel(), features(), memory);
      case Product::backward_data:
        return convolution_.backward_data(features(), kernel(), image(), memory);
      case Product::backward_kernel:
        return convolution_.backward_kernel(
            image(), features(), View(gradient_.data(), {static_cast<Index>(gradient_.size())}),
            memory);
    }
  }

  AlignedVector result() {
    run();
    if (product_ == Product::forward) return features_;
    if (product_ == Product::backward_data) return image_;
    if (!packing_) return gradient_;
    packing_->unpack(gradient_.data(), kernel_.data());
    return kernel_;
  }

 private:
  static AlignedVector integers(Index count, std::uint32_t stream) {
    Random random({.seed = 5, .index = stream});
    AlignedVector numbers(static_cast<std::size_t>(count));
    for (Real& x : numbers) x = static_cast<Real>(random.below(7)) - 3;
    return numbers;
  }
  View image() { return {image_.data(), image_shape_}; }
  View kernel() { return {kernel_.data(), geometry_.kernel_shape()}; }
  View features() { return {features_.data(), features_shape_}; }

  Product product_;
  ConvGeometry geometry_;
  Convolution convolution_;
  Shape image_shape_, features_shape_;
  AlignedVector image_, kernel_, features_;
  const Packing* packing_;  // of the gradient
  AlignedVector gradient_, packed_, scratch_;
};

void time_product(benchmark::State& state, const ConvCase& c, Product product,
                  const EngineRequest& request, double peak) {
  Operands operands(c, product, request);
  if (operands.result() != Operands(c, product, {.options = {.engine = "reference"}}).result()) {
    state.SkipWithError("differs from the reference");
    return;
  }
  for (auto _ : state) {
    operands.run();
    benchmark::ClobberMemory();
  }
  const double done = 2e-9 * static_cast<double>(c.geometry().multiply_adds() * c.batch) *
                      static_cast<double>(state.iterations());
  state.counters["GFLOP/s"] = benchmark::Counter(done, benchmark::Counter::kIsRate);
  state.counters["peak%"] = benchmark::Counter(100 * done / peak, benchmark::Counter::kIsRate);
}

void register_all() {
  const double peak = fma_peak(0.5);
  benchmark::AddCustomContext("FMA peak of one core", fmt::format("{:.0f} GFLOP/s", peak));
  std::vector<ConvCase> cases = layer_cases();
  const std::vector<ConvCase> small = conv_cases();
  cases.insert(cases.end(), small.begin(), small.end());
  for (const ConvCase& c : cases) {
    for (const Product product : Convolution::kProducts) {
      for (const Engine* engine : engines()) {
        if (!engine->refusal(c.geometry(), product).empty()) continue;
        const auto add = [&](std::string_view suffix, Precision precision) {
          const EngineRequest request{
              .options = {.engine = std::string(engine->name), .precision = precision},
              .batch = c.batch};
          benchmark::RegisterBenchmark(
              fmt::format("{}/{}/{}{}", c.name, to_string(product), engine->name, suffix).c_str(),
              time_product, c, product, request, peak)
              ->Unit(benchmark::kMicrosecond);
        };
        add("", Precision::float32);
        if (engine->name == "onednn" && bf16_refusal().empty()) add("-bf16", Precision::bf16);
      }
    }
  }
}

}  // namespace
}  // namespace adjoint

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  adjoint::register_all();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
