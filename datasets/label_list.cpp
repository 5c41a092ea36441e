#include "datasets/label_list.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "datasets/split.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {

bool ConfigType<LabelList>::read(const ConfigValue& from, LabelList& value) {
  const auto* list = from.as<ConfigList>();
  if (!list) return false;
  value.names.clear();
  for (const ConfigValue& element : *list) {
    Index number = 0;
    std::string& name = value.names.emplace_back();
    if (ConfigType<Index>::read(element, number)) {
      name = std::to_string(number);
    } else if (!ConfigType<std::string>::read(element, name)) {
      return false;
    }
  }
  return true;
}

std::optional<ConfigValue> ConfigType<LabelList>::write(const LabelList& value) {
  ConfigList list;
  for (const std::string& name : value.names) {
    Index number = 0;
    const char* end = name.data() + name.size();
    const bool is_number = std::from_chars(name.data(), end, number).ptr == end && !name.empty() &&
                           std::to_string(number) == name;
    if (is_number) {
      list.emplace_back(number);
    } else {
      list.emplace_back(name);
    }
  }
  return list;
}

std::string label_text(Index label, const std::vector<std::string>& names) {
  const bool named = label >= 0 && label < static_cast<Index>(names.size());
  return named ? names[static_cast<std::size_t>(label)] : std::to_string(label);
}

std::vector<Index> labels_of(const Dataset& dataset) {
  std::set<Index> labels;
  for (Index image = 0; image < dataset.size(); image += dataset.group())
    labels.insert(dataset.label(image));
  labels.erase(kNoLabel);
  return {labels.begin(), labels.end()};
}

DatasetPtr with_labels(DatasetPtr whole, const LabelList& labels) {
  const std::vector<std::string> names = whole->label_names();
  std::map<Index, bool> wanted;  // of the labels that there are
  std::map<std::string, bool> found;
  for (const std::string& name : labels.names) found[name] = false;
  std::vector<Index> images;
  for (Index image = 0; image < whole->size() / whole->group(); ++image) {
    const Index label = whole->label(image * whole->group());
    if (label == kNoLabel) continue;
    const auto [entry, is_new] = wanted.try_emplace(label, false);
    if (is_new) {
      for (const std::string& text : {std::to_string(label), label_text(label, names)}) {
        if (const auto name = found.find(text); name != found.end())
          entry->second = name->second = true;
      }
    }
    if (entry->second) images.push_back(image);
  }
  if (wanted.empty()) {
    throw InputError("data.classes: the images have no labels to choose by; leave it out");
  }
  for (const auto& [name, is_there] : found) {
    if (is_there) continue;
    std::vector<std::string> known;
    for (const auto& [label, unused] : wanted) known.push_back(label_text(label, names));
    throw InputError("data.classes: no image has the label {}; there are {}", name,
                     fmt::join(known, ", "));
  }
  return std::make_shared<Subset>(std::move(whole), std::move(images));
}

}  // namespace adjoint
