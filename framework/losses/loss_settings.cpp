#include "framework/losses/loss_settings.hpp"

#include <fmt/ranges.h>

#include <array>

#include "framework/losses/binary_crossentropy.hpp"
#include "framework/losses/elementwise.hpp"
#include "framework/losses/ms_ssim.hpp"
#include "framework/losses/ssim.hpp"
#include "framework/losses/weighted_sum.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

template <class Type, class Settings = NoSettings>
constexpr Kind<LossFamily> loss(std::string_view name, std::string_view doc) {
  return Kind<LossFamily>::of_class<Type, Settings>(name, doc);
}

constexpr std::array kLosses{
    loss<MeanSquaredError>("mse", "mean squared error"),
    loss<MeanAbsoluteError>("mae", "mean absolute error"),
    loss<Huber, Huber::Settings>("huber", "squared near zero, absolute beyond `delta`"),
    loss<Charbonnier, Charbonnier::Settings>("charbonnier",
                                             "smooth approximation of the mean absolute error"),
    loss<BinaryCrossentropy>("binary_crossentropy",
                             "cross-entropy of pixels in [0, 1] as probabilities, in nats"),
    loss<Ssim, Ssim::Settings>("ssim", "1 - SSIM, the structural similarity of two images"),
    loss<MsSsim, MsSsim::Settings>("ms_ssim", "1 - MS-SSIM: SSIM at several scales"),
};

}  // namespace

std::span<const Kind<LossFamily>> LossFamily::kinds() {
  return kLosses;
}

void LossTerm::keys(Keys& key) {
  kind.keys(key, "loss function of this term");
  key("weight", weight, "weight of this term in the sum", greater_than(0.0));
}

void LossSettings::keys(Keys& key) {
  key.tables("term", terms, "terms of a weighted sum of loss functions");
  if (terms.empty()) {
    kind.keys(key, "loss function");
    return;
  }
  std::optional<std::string> single;
  key("kind", single, "");
  if (single) key.reject("kind", "a sum of [[loss.term]] has no kind of its own; leave this out");
}

std::unique_ptr<Loss> make_loss(const LossSettings& settings) {
  if (settings.terms.empty()) return settings.kind.make();
  std::vector<WeightedSum::Term> terms;
  for (const LossTerm& term : settings.terms) terms.push_back({term.kind.make(), term.weight});
  return std::make_unique<WeightedSum>(std::move(terms));
}

std::unique_ptr<Loss> make_loss(std::string_view kind) {
  const Kind<LossFamily>* known = find_kind<LossFamily>(kind);
  if (!known) {
    throw InputError("unknown loss \"{}\"; expected one of {}", kind,
                     fmt::join(loss_names(), ", "));
  }
  return Choice(*known).make();
}

std::vector<std::string> loss_names() {
  return kind_names<LossFamily>();
}

}  // namespace adjoint
