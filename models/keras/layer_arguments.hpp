#pragma once

// The arguments of one layer in a Keras file, read strictly: what is not asked for and means
// something is refused.

#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "framework/layers/rescaling.hpp"
#include "framework/layers/weight_settings.hpp"
#include "models/activation_spec.hpp"
#include "models/keras/json_text.hpp"

namespace adjoint::keras {

/// Where a layer stands, and who hears of what is left out.
struct LayerPlace {
  std::string file;
  std::string name;
  std::string class_name;
  bool keras3 = false;  // the file was written by Keras 3
  std::vector<std::string>* notes = nullptr;

  /// "model.h5: layer "conv2d" (Conv2D)".
  std::string text() const;
};

/// One step of an activation function that Adjoint may not have under that name: selu is elu, then
/// a multiplication.
using ActivationStep = std::variant<ActivationSpec, Rescaling::Settings>;

/// Reads arguments by name. A missing one, or null, has Keras's default. Every function throws
/// InputError with file, layer, argument, what was found and what was expected.
class LayerArguments {
 public:
  LayerArguments(Json config, LayerPlace place);

  const LayerPlace& place() const { return place_; }
  /// Whether it is given and not null.
  bool has(std::string_view name);
  Index integer(std::string_view name, std::optional<Index> fallback = {});
  double number(std::string_view name, double fallback);
  bool boolean(std::string_view name, bool fallback);
  std::string text(std::string_view name, const std::string& fallback);
  std::vector<Index> integers(std::string_view name);
  /// Two numbers, or one for both. `one_row`: one number, for the width alone.
  std::optional<Extent2> extent(std::string_view name, bool one_row);
  Extent2 extent(std::string_view name, bool one_row, Extent2 fallback);
  /// [[top, bottom], [left, right]], [vertical, horizontal] or one number; `one_row`: [left, right]
  /// or one number.
  Padding sides(std::string_view name, bool one_row, Index fallback);
  /// "same" or "valid".
  PaddingRule padding();

  /// The steps of an activation function, given by name, as a layer, or as a serialized function.
  std::vector<ActivationStep> activation(std::string_view name = "activation");
  Initializer initializer(std::string_view name, Initializer fallback);
  Regularizer regularizer(std::string_view name);

  /// Refuses another value than these, which mean nothing: check("data_format", {"channels_last"}).
  void expect(std::string_view name, std::initializer_list<Json> values, std::string_view why = "");
  /// These change no result.
  void ignore(std::initializer_list<std::string_view> names);
  /// Refuses what has not been asked for, unless it says nothing (null, false, empty) or is one of
  /// those that change no result in any layer: initializers, names, seeds.
  void finish();

  [[noreturn]] void refuse(std::string_view name, const Json& value,
                           std::string_view expected) const;
  void note(const std::string& what) const;

 private:
  const Json* find(std::string_view name);
  std::vector<ActivationStep> activation_named(const std::string& name, std::string_view argument);
  std::vector<ActivationStep> activation_layer(const Json& layer, std::string_view argument);

  Json config_;
  LayerPlace place_;
  std::set<std::string, std::less<>> used_;
};

/// The steps that a layer of activations stands for: LeakyReLU, ELU, ReLU, Softmax. Nothing for
/// another class.
std::optional<std::vector<ActivationStep>> activation_steps(LayerArguments& arguments);

}  // namespace adjoint::keras
