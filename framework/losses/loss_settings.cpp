#include "framework/losses/loss_settings.hpp"

#include <fmt/ranges.h>

#include "framework/losses/weighted_sum.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {

void LossTerm::keys(Keys& key) {
  kind_keys(key, kind, "loss function of this term");
  key("weight", weight, "weight of this term in the sum", greater_than(0.0));
}

void LossSettings::keys(Keys& key) {
  key.tables("term", terms, "terms of a weighted sum of loss functions");
  if (terms.empty()) {
    kind_keys(key, kind, "loss function");
    return;
  }
  std::optional<std::string> single;
  key("kind", single, "");
  if (single) key.reject("kind", "a sum of [[loss.term]] has no kind of its own; leave this out");
}

std::unique_ptr<Loss> make_loss(const LossSettings& settings) {
  if (settings.terms.empty()) return make_product<Loss>(settings.kind);
  std::vector<WeightedSum::Term> terms;
  for (const LossTerm& term : settings.terms) {
    terms.push_back({make_product<Loss>(term.kind), term.weight});
  }
  return std::make_unique<WeightedSum>(std::move(terms));
}

std::unique_ptr<Loss> make_loss(std::string_view kind) {
  LossSettings settings;
  if (!set_kind(settings.kind, kind)) {
    throw InputError("unknown loss \"{}\"; expected one of {}", kind,
                     fmt::join(loss_names(), ", "));
  }
  return make_loss(settings);
}

std::vector<std::string> loss_names() {
  return kind_names<LossKind>();
}

}  // namespace adjoint
