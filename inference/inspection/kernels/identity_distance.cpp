#include "inference/inspection/kernels/identity_distance.hpp"

#include <cassert>
#include <cmath>
#include <map>
#include <tuple>
#include <vector>

#include "framework/conv/gemm.hpp"

namespace adjoint {

double identity_distance(ConstView convolution, ConstView transpose, const Extent2& strides,
                         const Extent2& dilation, Index groups) {
  assert(convolution.shape == transpose.shape);
  const Shape& kernel = convolution.shape;
  const Index channels = kernel[2], features = kernel[3];
  double trace = 0;
  for (Index i = 0; i < kernel.size(); ++i)
    trace += static_cast<double>(convolution[i]) * transpose[i];

  // A pixel reaches the features through the taps of its phase in the stride; tap j takes these to
  // a pixel (j - i) taps away. What arrives by different pairs of taps at one pixel adds up.
  using Phase = std::tuple<Index, Index, Index, Index>;  // phase, displacement
  std::map<Phase, std::vector<Real>> responses;          // (groups, channels, channels)
  const Index block = channels * channels, own = features / groups;
  const auto taps = kernel[0] * kernel[1];
  for (Index i = 0; i < taps; ++i) {
    for (Index j = 0; j < taps; ++j) {
      const Index iy = i / kernel[1], ix = i % kernel[1], jy = j / kernel[1], jx = j % kernel[1];
      const Phase place{iy * dilation.h % strides.h, ix * dilation.w % strides.w, jy - iy, jx - ix};
      std::vector<Real>& response = responses[place];
      response.resize(static_cast<std::size_t>(groups * block));
      for (Index g = 0; g < groups; ++g) {
        const Real* from = convolution.data + i * channels * features + g * own;
        const Real* to = transpose.data + j * channels * features + g * own;
        gemm({.rows = channels, .columns = channels, .inner = own},
             {.data = from, .stride = features},
             {.data = to, .stride = features, .transposed = true}, response.data() + g * block,
             channels, /*accumulate=*/true);
      }
    }
  }
  double squares = 0;
  for (const auto& [place, response] : responses)
    for (const Real x : response) squares += static_cast<double>(x) * x;
  if (squares == 0) return 1;
  const double factor = trace / squares;
  double distance = 0, ones = 0;
  for (const auto& [place, response] : responses) {
    const bool stays = std::get<2>(place) == 0 && std::get<3>(place) == 0;
    for (Index k = 0; k < groups * block; ++k) {
      const bool one = stays && k % block % (channels + 1) == 0;
      const double off = factor * response[static_cast<std::size_t>(k)] - (one ? 1 : 0);
      distance += off * off;
      ones += one ? 1 : 0;
    }
  }
  // A pixel that no tap reaches, where the stride is larger than the kernel, does not come back.
  const auto size = static_cast<double>(strides.h * strides.w * channels * groups);
  return std::sqrt((distance + size - ones) / size);
}

}  // namespace adjoint
