#pragma once

#include <string>
#include <vector>

#include "datasets/dataset.hpp"
#include "framework/settings/config_type.hpp"

namespace adjoint {

/// Some labels, as a config names them: by number from 0 on, or by name where labels have names.
struct LabelList {
  std::vector<std::string> names;
  bool empty() const { return names.empty(); }
};

template <>
struct ConfigType<LabelList> {
  static constexpr std::string_view name = "a list of labels, numbers or strings";
  static bool read(const ConfigValue& from, LabelList& value);
  static std::optional<ConfigValue> write(const LabelList& value);
};

/// Text for a label: its name, or its number where labels have no names.
std::string label_text(Index label, const std::vector<std::string>& names);

/// The labels that images of a dataset have, in ascending order.
std::vector<Index> labels_of(const Dataset& dataset);

/// The images whose label is in the list. Throws InputError if the images have no labels, or none
/// has one of these.
DatasetPtr with_labels(DatasetPtr whole, const LabelList& labels);

}  // namespace adjoint
