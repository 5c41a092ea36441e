#include "models/formats/weight_list.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <map>
#include <optional>
#include <string_view>

#include "framework/tensor/error.hpp"
#include "models/pytorch/torch_model.hpp"

namespace adjoint {
namespace {

std::vector<WeightSlot> keras_slots(const Model& model) {
  std::vector<WeightSlot> slots;
  for (const Node& node : model.nodes()) {
    for (Index p : node.parameters) {
      const Parameter& parameter = model.parameters()[p];
      const std::string kind = parameter.name.substr(parameter.name.rfind('/') + 1);
      const bool before = std::ranges::find(slots, p, &WeightSlot::parameter) != slots.end();
      slots.push_back({.names = {node.name + "/" + kind},
                       .kind = kind,
                       .parameter = p,
                       .constant = 0,
                       .layout = same_layout(shape_of(parameter.value)),
                       .optional = before});
    }
  }
  return slots;
}

/// Keras's and PyTorch's names of weights, by which an order is checked.
constexpr std::array<std::string_view, 12> kWeightKinds{
    "weight", "bias",        "running_mean",    "running_var",      "kernel",           "gamma",
    "beta",   "moving_mean", "moving_variance", "depthwise_kernel", "pointwise_kernel", "alpha"};

/// Names without what differs from writer to writer.
class WeightNames {
 public:
  WeightNames(const std::vector<const ForeignWeight*>& weights, WeightLayout layout)
      : layout_(layout) {
    for (const ForeignWeight* weight : weights) names_.push_back(plain(weight->name));
  }

  const std::string& operator[](std::size_t i) const { return names_[i]; }

  /// "weight" of "enc1.weight"; nothing if nobody writes weights of that name.
  std::optional<std::string_view> kind(std::size_t i) const {
    const std::string_view name = names_[i];
    const std::string_view last = name.substr(name.find_last_of("./") + 1);
    if (std::ranges::count(kWeightKinds, last) == 0) return {};
    return last;
  }

  /// Takes a prefix away that all have, such as "module."; false if there is none.
  bool strip_prefix() {
    if (layout_ != WeightLayout::pytorch || names_.empty()) return false;
    const std::size_t end = names_.front().find('.') + 1;
    if (end == 0) return false;
    const std::string prefix = names_.front().substr(0, end);
    const auto has_it = [&](const std::string& name) {
      return name.starts_with(prefix) && name.find('.', end) != std::string::npos;
    };
    if (!std::ranges::all_of(names_, has_it)) return false;
    for (std::string& name : names_) name.erase(0, end);
    return true;
  }

  /// Letters and digits, and one _ for all else.
  static std::string loose(std::string name) {
    std::ranges::replace_if(
        name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
    return name;
  }

 private:
  /// "enc1/kernel" of "enc1/enc1/kernel:0".
  std::string plain(std::string name) const {
    if (layout_ == WeightLayout::pytorch) return name;
    const std::size_t colon = name.rfind(':');
    if (colon != std::string::npos && colon + 2 == name.size()) name.erase(colon);
    const std::size_t last = name.rfind('/');
    if (last == std::string::npos || last == 0) return name;
    const std::size_t layer = name.rfind('/', last - 1);
    return layer == std::string::npos ? name : name.substr(layer + 1);
  }

  WeightLayout layout_;
  std::vector<std::string> names_;
};

/// Fills a model's slots, and notes whatever does not fit.
class WeightAssignment {
 public:
  WeightAssignment(std::string path, std::span<const ForeignWeight> weights, WeightLayout layout,
                   Model& model)
      : path_(std::move(path)),
        model_(model),
        weights_(without_counters(weights)),
        names_(weights_, layout),
        slots_(weight_slots(model, layout)),
        values_(model.parameters().size()) {}

  void by_name() {
    std::vector<std::size_t> slots = find_all();
    while (std::ranges::all_of(slots, [&](std::size_t slot) { return slot == slots_.size(); }) &&
           names_.strip_prefix())
      slots = find_all();
    std::vector<bool> filled(slots_.size());
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      if (slots[i] == slots_.size()) {
        misfit("not in the model: {} ({})", weights_[i]->name, shape_text(weights_[i]->value));
      } else if (filled[slots[i]]) {
        misfit("given twice: {}", weights_[i]->name);
      } else {
        filled[slots[i]] = true;
        take(i, slots_[slots[i]]);
      }
    }
    report_missing();
  }

  void by_order() {
    std::size_t next = 0;
    for (const WeightSlot& slot : slots_) {
      if (next < weights_.size() && agrees(next, slot)) {
        take(next++, slot);
      } else if (!slot.optional) {
        if (next == weights_.size()) break;
        take(next++, slot);  // and notes what is wrong
      }
    }
    report_missing();
    for (; next < weights_.size(); ++next)
      misfit("too much: {} ({})", weights_[next]->name, shape_text(weights_[next]->value));
  }

  WeightTransfer finish() {
    if (!misfits_.empty()) {
      constexpr std::size_t kMost = 20;
      const std::size_t more = misfits_.size() - std::min(misfits_.size(), kMost);
      misfits_.resize(misfits_.size() - more);
      throw InputError("{}: its weights do not fit the model:\n  {}{}", path_,
                       fmt::join(misfits_, "\n  "),
                       more > 0 ? fmt::format("\n  and {} more", more) : "");
    }
    WeightTransfer result;
    for (std::size_t p = 0; p < values_.size(); ++p) {
      model_.parameters()[p].value = std::move(*values_[p]);
      result.taken.push_back(model_.parameters()[p].name);
    }
    return result;
  }

 private:
  static std::vector<const ForeignWeight*> without_counters(
      std::span<const ForeignWeight> weights) {
    std::vector<const ForeignWeight*> kept;
    for (const ForeignWeight& weight : weights)
      if (!weight.name.ends_with("num_batches_tracked")) kept.push_back(&weight);
    return kept;
  }

  template <class... Arguments>
  void misfit(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    misfits_.push_back(fmt::format(format, std::forward<Arguments>(arguments)...));
  }

  static std::string shape_text(const Tensor& value) {
    const Shape shape = shape_of(value);
    return shape.empty() ? "one number" : to_string(shape);
  }

  /// For each weight its slot, or slots_.size().
  std::vector<std::size_t> find_all() const {
    std::map<std::string, std::size_t> exact, loose;
    for (std::size_t s = 0; s < slots_.size(); ++s) {
      for (const std::string& name : slots_[s].names) {
        exact.try_emplace(name, s);
        const auto [found, is_new] = loose.try_emplace(WeightNames::loose(name), s);
        if (!is_new && found->second != s) found->second = slots_.size();  // means two
      }
    }
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      const auto by_exact = exact.find(names_[i]);
      const auto by_loose = loose.find(WeightNames::loose(names_[i]));
      found.push_back(by_exact != exact.end()   ? by_exact->second
                      : by_loose != loose.end() ? by_loose->second
                                                : slots_.size());
    }
    return found;
  }

  bool agrees(std::size_t weight, const WeightSlot& slot) const {
    return kind_agrees(weight, slot) && shape_agrees(*weights_[weight], slot);
  }
  bool kind_agrees(std::size_t weight, const WeightSlot& slot) const {
    const auto kind = names_.kind(weight);
    return !kind || *kind == slot.kind;
  }

  /// A kernel of one row may be that of a one-dimensional convolution: PyTorch's (out, in, k).
  static bool shape_agrees(const ForeignWeight& weight, const WeightSlot& slot) {
    const Shape got = shape_of(weight.value);
    const Shape& wanted = slot.layout.shape;
    if (got == wanted) return true;
    return slot.kind == "weight" && wanted.rank() == 4 && wanted[2] == 1 &&
           got == Shape{wanted[0], wanted[1], wanted[3]};
  }

  void take(std::size_t number, const WeightSlot& slot) {
    const ForeignWeight& weight = *weights_[number];
    seen_.push_back(slot.parameter);
    if (!kind_agrees(number, slot)) {
      return misfit("wrong kind: {} ({}) stands where {} ({}) is expected", weight.name,
                    shape_text(weight.value), slot.names[0], to_string(slot.layout.shape));
    }
    if (!shape_agrees(weight, slot)) {
      std::string ours;
      if (slot.parameter >= 0 && !slot.layout.split.empty()) {
        const Parameter& parameter = model_.parameters()[slot.parameter];
        ours = fmt::format(" ({} of {})", parameter.name, shape_text(parameter.value));
      }
      return misfit("wrong shape: {} is {}, the model needs {}{}", weight.name,
                    shape_text(weight.value), to_string(slot.layout.shape), ours);
    }
    if (!std::ranges::all_of(weight.value, [](Real value) { return std::isfinite(value); }))
      return misfit("not finite: {} holds NaN or infinity", weight.name);
    if (slot.parameter < 0) {
      if (std::ranges::any_of(weight.value, [&](Real value) { return value != slot.constant; }))
        misfit("not in the model: {} is not {} everywhere", weight.name, slot.constant);
      return;
    }
    const Shape ours = shape_of(model_.parameters()[slot.parameter].value);
    Tensor value = from_layout(weight.value, slot.layout, ours);
    std::optional<Tensor>& place = values_[static_cast<std::size_t>(slot.parameter)];
    if (place && *place != value) {
      return misfit("different: {} is not equal to the weight that it shares", weight.name);
    }
    place = std::move(value);
  }

  void report_missing() {
    for (const WeightSlot& slot : slots_) {
      if (slot.parameter < 0 || std::ranges::count(seen_, slot.parameter) > 0) continue;
      seen_.push_back(slot.parameter);
      misfit("missing: {} ({})", slot.names[0], to_string(slot.layout.shape));
    }
  }

  std::string path_;
  Model& model_;
  std::vector<const ForeignWeight*> weights_;
  WeightNames names_;
  std::vector<WeightSlot> slots_;
  std::vector<std::optional<Tensor>> values_;  // by parameter
  std::vector<Index> seen_;                    // parameters that something was given for
  std::vector<std::string> misfits_;
};

}  // namespace

std::vector<WeightSlot> weight_slots(const Model& model, WeightLayout layout) {
  return layout == WeightLayout::keras ? keras_slots(model) : TorchModel(model).slots();
}

WeightTransfer assign_weights(const std::string& path, std::span<const ForeignWeight> weights,
                              WeightLayout layout, WeightMatch match, Model& model) {
  WeightAssignment assignment(path, weights, layout, model);
  match == WeightMatch::by_name ? assignment.by_name() : assignment.by_order();
  return assignment.finish();
}

}  // namespace adjoint
