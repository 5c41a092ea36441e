#include "inference/images/generation.hpp"

#include <cmath>
#include <numbers>
#include <numeric>

#include "datasets/formats/image_file.hpp"
#include "datasets/image_grid.hpp"
#include "framework/tensor/error.hpp"
#include "inference/images/result_writer.hpp"

namespace adjoint {
namespace {

/// Below this angle, and as near to half a turn, a straight line is as good and loses no digits.
constexpr double kStraightAngle = 1e-3;

double length(ConstView x) {
  return std::sqrt(std::inner_product(x.data, x.data + x.size(), x.data, 0.0));
}

/// The angle between two codes; 0 where one of them has none.
double angle_between(ConstView a, ConstView b) {
  const double lengths = length(a) * length(b);
  if (lengths == 0) return 0;
  const double cosine = std::inner_product(a.data, a.data + a.size(), b.data, 0.0) / lengths;
  return std::acos(std::clamp(cosine, -1.0, 1.0));
}

/// Below it lies that share of a standard normal distribution, 0 < share < 1.
double normal_quantile(double share) {
  double low = -40, high = 40;
  for (int halving = 0; halving < 64; ++halving) {
    const double middle = (low + high) / 2;
    const bool below = std::erfc(-middle / std::numbers::sqrt2) / 2 < share;
    (below ? low : high) = middle;
  }
  return (low + high) / 2;
}

/// Several images in one: rows of `columns`, the last filled up with white.
Tensor sheet(ConstView images, Index columns) {
  const Index count = images.shape[0], rows = (count + columns - 1) / columns;
  const Shape sample = images.shape.sample();
  std::vector<Tensor> column_images;
  for (Index column = 0; column < columns; ++column) {
    Tensor& part = column_images.emplace_back(make_tensor(sample.batched(rows), 1));
    for (Index row = 0; row * columns + column < count; ++row) {
      std::ranges::copy(images.slice(row * columns + column, 1).flat(),
                        view(part).slice(row, 1).data);
    }
  }
  std::vector<ConstView> views;
  for (const Tensor& part : column_images) views.push_back(view(part));
  return image_grid(views);
}

}  // namespace

Index variational_latent(const Model& model) {
  const Index node = model.latent();
  if (node >= 0 && model.nodes()[node].layer->type() == "Sampling") return node;
  throw InputError(
      "the model's codes follow no known distribution, so that none can be drawn: its latent "
      "layer is {}; expected a Sampling layer (a variational model)",
      node < 0 ? "not named" : "\"" + model.nodes()[node].name + "\"");
}

Tensor draw_codes(const ImageModel& model, std::optional<Extent2> size, Index count,
                  std::uint64_t seed, double temperature) {
  const Index node = variational_latent(model.model());
  Tensor codes = make_tensor(model.code_shape(size).batched(count));
  for (Index n = 0; n < count; ++n) {
    // As the layer itself draws while training.
    Random random({.seed = seed,
                   .purpose = Purpose::dropout,
                   .salt = static_cast<std::uint16_t>(node),
                   .index = static_cast<std::uint32_t>(n)});
    for (Real& x : view(codes).slice(n, 1).flat()) {
      x = static_cast<Real>(temperature * random.normal());
    }
  }
  return codes;
}

Tensor latent_grid(const ImageModel& model, std::optional<Extent2> size, Index n,
                   double temperature) {
  const Node& latent = model.model().nodes()[variational_latent(model.model())];
  const Shape code = model.code_shape(size);
  if (code.size() != 2) {
    throw InputError(
        "--grid shows codes of two numbers; the code of layer \"{}\" is {}, {} numbers; train a "
        "model whose mean and log variance have two each, such as Dense layers of units = 2",
        latent.name, to_string(code), code.size());
  }
  std::vector<Real> steps;
  for (Index i = 0; i < n; ++i) {
    const double share = (static_cast<double>(i) + 0.5) / static_cast<double>(n);
    steps.push_back(static_cast<Real>(temperature * normal_quantile(share)));
  }
  Tensor codes = make_tensor(code.batched(n * n));
  Real* to = codes.data();
  for (const Real second : steps) {
    for (const Real first : steps) {
      *to++ = first;
      *to++ = second;
    }
  }
  return codes;
}

Tensor interpolate(ConstView from, ConstView to, Index steps, bool spherical) {
  const double angle = spherical ? angle_between(from, to) : 0;
  const bool straight = std::sin(angle) < kStraightAngle;
  Tensor codes = make_tensor(from.shape.batched(steps));
  for (Index step = 0; step < steps; ++step) {
    const double t = static_cast<double>(step) / static_cast<double>(std::max<Index>(steps - 1, 1));
    const double a = straight ? 1 - t : std::sin((1 - t) * angle) / std::sin(angle);
    const double b = straight ? t : std::sin(t * angle) / std::sin(angle);
    const View code = view(codes).slice(step, 1);
    for (Index i = 0; i < from.size(); ++i) code[i] = static_cast<Real>(a * from[i] + b * to[i]);
  }
  return codes;
}

void check_images_out(const std::string& out, FileGuard guard) {
  if (names_folder(out)) return;
  guard.writes(ArrayPlace::parse(out).file);
  guard.check();
}

void write_images(const std::string& out, const std::string& stem, ConstView images, Index columns,
                  FileGuard guard) {
  const Index count = images.shape[0];
  Tensor picture;
  ConstView results = images;
  ImageBatch batch;
  if (count > 1 && !names_folder(out) && has_image_extension(out)) {
    picture = sheet(images, std::min(columns, count));
    const ConstView whole = view(std::as_const(picture));
    results = whole.reshaped(whole.shape.batched(1));
    batch.names = {stem};
  } else {
    for (Index i = 0; i < count; ++i) batch.names.push_back(fmt::format("{}-{:05}", stem, i));
  }
  ResultWriter writer(out, batch.names, {}, guard);
  writer.add(results, batch);
  writer.finish();
}

}  // namespace adjoint
