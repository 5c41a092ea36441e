#include "framework/layers/initializer.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

using InitializerKind = Initializer::Kind;

struct Fans {
  float in, out;
};

Fans fans(const Shape& shape) {
  if (shape.rank() < 2) return {static_cast<float>(shape.back()), static_cast<float>(shape.back())};
  const Index field = shape.size() / (shape[-2] * shape[-1]);
  return {static_cast<float>(field * shape[-2]), static_cast<float>(field * shape[-1])};
}

void fill_uniform(float limit, const RandomKey& key, View parameter) {
  Random random(key);
  for (Real& value : parameter.flat()) value = random.uniform(-limit, limit);
}

/// Normal, but for what lies beyond two deviations, which is drawn again.
void fill_truncated_normal(float variance, const RandomKey& key, View parameter) {
  constexpr float kDeviationLeft = 0.87962566F;  // of a standard normal that is cut so
  const float scale = std::sqrt(variance) / kDeviationLeft;
  Random random(key);
  for (Real& value : parameter.flat()) {
    float z = random.normal();
    while (std::abs(z) > 2) z = random.normal();
    value = scale * z;
  }
}

double dot(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

/// Uniformly distributed among all such matrices, as it orthogonalizes normal numbers.
void fill_orthogonal(double gain, const RandomKey& key, View parameter) {
  const Index columns = parameter.shape.back(), rows = parameter.size() / columns;
  const Index count = std::min(rows, columns), length = std::max(rows, columns);
  std::vector<double> numbers(static_cast<std::size_t>(count * length));
  Random random(key);
  for (double& x : numbers) x = random.normal();
  const auto vector = [&](Index i) { return std::span(numbers).subspan(i * length, length); };
  // Gram and Schmidt, modified and twice: once leaves what rounding put back.
  for (Index i = 0; i < count; ++i) {
    const std::span<double> v = vector(i);
    for (int pass = 0; pass < 2; ++pass) {
      for (Index j = 0; j < i; ++j) {
        const double share = dot(v, vector(j));
        for (std::size_t k = 0; k < v.size(); ++k) v[k] -= share * vector(j)[k];
      }
    }
    const double norm = std::sqrt(dot(v, v));
    for (double& x : v) x /= norm;
  }
  for (Index r = 0; r < rows; ++r) {
    for (Index c = 0; c < columns; ++c) {
      const double x = rows < columns ? vector(r)[c] : vector(c)[r];
      parameter[r * columns + c] = static_cast<Real>(gain * x);
    }
  }
}

/// Height of tap i of the triangle that interpolates between neighbours.
double triangle(Index i, Index size) {
  const double half = static_cast<double>((size + 1) / 2);
  const double centre = size % 2 == 1 ? half - 1 : half - 0.5;
  return 1 - std::abs(static_cast<double>(i) - centre) / half;
}

void fill_bilinear(View kernel) {
  std::ranges::fill(kernel.flat(), Real{0});
  const Index height = kernel.shape[0], width = kernel.shape[1], channels = kernel.shape[2],
              features = kernel.shape[3];
  for (Index y = 0; y < height; ++y) {
    for (Index x = 0; x < width; ++x) {
      const Real value = static_cast<Real>(triangle(y, height) * triangle(x, width));
      for (Index k = 0; k < features; ++k) {
        kernel[((y * width + x) * channels + k % channels) * features + k] = value;
      }
    }
  }
}

void fill_icnr(Index block_size, const RandomKey& key, View kernel) {
  const Index copies = block_size * block_size, channels = kernel.shape.back() / copies;
  Shape shape = kernel.shape;
  shape[-1] = channels;
  Tensor small = make_tensor(shape);
  initialize(InitializerKind::glorot_uniform, key, view(small));
  // DepthToSpace takes feature (block position) * channels + channel.
  for (Index i = 0; i < kernel.size(); ++i) {
    const Index row = i / kernel.shape.back(), feature = i % kernel.shape.back();
    kernel[i] = small.data()[row * channels + feature % channels];
  }
}

}  // namespace

InitializerKind initializer_kind(std::string_view name) {
  if (const auto kind = named<InitializerKind>(name)) return *kind;
  throw InputError("unknown initializer \"{}\"; expected one of {}", name,
                   fmt::join(initializer_names(), ", "));
}

std::vector<std::string> initializer_names() {
  return names_of<InitializerKind>();
}

void check_fits(const Initializer& initializer, const Shape& shape) {
  if (initializer.kind == InitializerKind::bilinear && shape.rank() != 4) {
    throw InputError("the initializer bilinear is for kernels of convolutions, not for {}",
                     to_string(shape));
  }
  if (initializer.kind == InitializerKind::orthogonal && shape.rank() < 2) {
    throw InputError("the initializer orthogonal is for kernels, not for {}", to_string(shape));
  }
  const Index copies = initializer.block_size * initializer.block_size;
  if (initializer.kind == InitializerKind::icnr &&
      (shape.rank() != 4 || shape.back() % copies != 0)) {
    throw InputError(
        "the initializer icnr with block_size = {} needs a multiple of {} filters, got a kernel of "
        "{}",
        initializer.block_size, copies, to_string(shape));
  }
}

void initialize(const Initializer& initializer, const RandomKey& key, View parameter) {
  const Fans fan = fans(parameter.shape);
  switch (initializer.kind) {
    case InitializerKind::glorot_uniform:
      return fill_uniform(std::sqrt(6 / (fan.in + fan.out)), key, parameter);
    case InitializerKind::glorot_normal:
      return fill_truncated_normal(2 / (fan.in + fan.out), key, parameter);
    case InitializerKind::he_uniform:
      return fill_uniform(std::sqrt(6 / fan.in), key, parameter);
    case InitializerKind::he_normal:
      return fill_truncated_normal(2 / fan.in, key, parameter);
    case InitializerKind::orthogonal:
      return fill_orthogonal(initializer.gain, key, parameter);
    case InitializerKind::bilinear:
      return fill_bilinear(parameter);
    case InitializerKind::icnr:
      return fill_icnr(initializer.block_size, key, parameter);
    case InitializerKind::zeros:
      std::ranges::fill(parameter.flat(), Real{0});
      return;
    case InitializerKind::ones:
      std::ranges::fill(parameter.flat(), Real{1});
      return;
  }
}

}  // namespace adjoint
