#include "inference/inspection/kernels/frequency_response.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace adjoint {
namespace {

double frequency(Index at) {
  return static_cast<double>(at - kFrequencies / 2) / kFrequencies;
}

}  // namespace

Tensor frequency_response(ConstView kernel) {
  const Index height = kernel.shape[0], width = kernel.shape[1];
  const Index taps = height * width, channels = kernel.shape[2] * kernel.shape[3];
  // The power spectrum is the transform of the autocorrelation, which adds up over channels.
  const Index rows = 2 * height - 1, columns = 2 * width - 1;
  std::vector<double> autocorrelation(static_cast<std::size_t>(rows * columns));
  for (Index i = 0; i < taps; ++i) {
    for (Index j = 0; j < taps; ++j) {
      double sum = 0;
      for (Index c = 0; c < channels; ++c)
        sum += static_cast<double>(kernel[i * channels + c]) * kernel[j * channels + c];
      const Index dy = j / width - i / width + height - 1, dx = j % width - i % width + width - 1;
      autocorrelation[static_cast<std::size_t>(dy * columns + dx)] += sum;
    }
  }
  Tensor response = make_tensor({kFrequencies, kFrequencies});
  for (Index v = 0; v < kFrequencies; ++v) {
    for (Index u = 0; u < kFrequencies; ++u) {
      double power = 0;
      for (Index d = 0; d < rows * columns; ++d) {
        const double phase = frequency(v) * static_cast<double>(d / columns - height + 1) +
                             frequency(u) * static_cast<double>(d % columns - width + 1);
        power +=
            autocorrelation[static_cast<std::size_t>(d)] * std::cos(2 * std::numbers::pi * phase);
      }
      response.data()[v * kFrequencies + u] = static_cast<Real>(std::max(power, 0.0));
    }
  }
  return response;
}

double mean_frequency(const Tensor& response) {
  double sum = 0, weights = 0;
  for (Index v = 0; v < kFrequencies; ++v) {
    for (Index u = 0; u < kFrequencies; ++u) {
      const double power = static_cast<double>(response.data()[v * kFrequencies + u]);
      sum += power * std::hypot(frequency(v), frequency(u));
      weights += power;
    }
  }
  return weights > 0 ? sum / weights : 0;
}

}  // namespace adjoint
