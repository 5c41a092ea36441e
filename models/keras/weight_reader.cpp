#include "models/keras/weight_reader.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <set>

#include "framework/tensor/error.hpp"
#include "models/layer_names.hpp"

namespace adjoint::keras {
namespace {

constexpr const char* kLayerNames = "layer_names";
constexpr const char* kWeightNames = "weight_names";
constexpr int kDeepestGroup = 32;  // groups may hold themselves
constexpr std::size_t kMostGroups = 20'000;

/// Groups of .keras and .weights.h5 that hold a model's layers, of all versions.
constexpr const char* kContainers[] = {"layers", "_layer_checkpoint_dependencies"};

/// A list of names; a long one is split into name0, name1, ... because HDF5's attributes are short.
std::vector<std::string> names_in(const Hdf5File& file, const std::string& group,
                                  const std::string& attribute) {
  if (file.has_attribute(group, attribute)) return file.read_texts(group, attribute);
  std::vector<std::string> names;
  for (int i = 0; file.has_attribute(group, fmt::format("{}{}", attribute, i)); ++i) {
    std::ranges::move(file.read_texts(group, fmt::format("{}{}", attribute, i)),
                      std::back_inserter(names));
  }
  return names;
}

bool has_names(const Hdf5File& file, const std::string& group, const std::string& attribute) {
  return file.has_attribute(group, attribute) || file.has_attribute(group, attribute + "0");
}

/// The group with layer_names: the root of weights alone, "model_weights" of a whole model.
std::optional<std::string> named_group(const Hdf5File& file) {
  for (const char* group : {"model_weights", "/"})
    if (file.is_group(group) && has_names(file, group, kLayerNames)) return group;
  return std::nullopt;
}

/// Throws unless a name is a path below its group: no file may lead us elsewhere.
void check_name(const Hdf5File& file, const std::string& group, const std::string& name) {
  const bool climbs = name.empty() || name.starts_with('/') || name.find("..") != std::string::npos;
  if (!climbs) return;
  throw InputError("{}: attributes of '/{}' name \"{}\"; expected the name of an object in it",
                   file.path(), group, name);
}

StoredPart read_named(const Hdf5File& file, const std::string& group) {
  StoredPart whole;
  const std::vector<std::string> layers = names_in(file, group, kLayerNames);
  std::set<std::string> seen;
  for (const std::string& layer : layers) {
    check_name(file, group, layer);
    if (!seen.insert(layer).second) continue;
    const std::string path = group == "/" ? layer : group + "/" + layer;
    StoredPart& part = whole.parts.emplace_back();
    part.name = layer;
    for (const std::string& weight : names_in(file, path, kWeightNames)) {
      check_name(file, path, weight);
      if (!seen.insert(layer + "/" + weight + "\n").second) continue;
      part.weights.push_back({weight, file.read(path + "/" + weight)});
    }
  }
  return whole;
}

/// The number at the end of "conv2d_12" where the rest is `base`; 0 for the base itself.
std::optional<Index> number_of(const std::string& name, const std::string& base) {
  if (name == base) return 0;
  if (!name.starts_with(base + "_")) return std::nullopt;
  Index number = 0;
  const char* first = name.data() + base.size() + 1;
  const char* last = name.data() + name.size();
  const auto [end, error] = std::from_chars(first, last, number);
  if (error != std::errc() || end != last || number < 1) return std::nullopt;
  return number;
}

bool holds_weights(const StoredPart& part) {
  return !part.weights.empty() || std::ranges::any_of(part.parts, holds_weights);
}

void read_counted(const Hdf5File& file, const std::string& path, int depth, std::size_t& groups,
                  StoredPart& part) {
  if (depth > kDeepestGroup || ++groups > kMostGroups) {
    throw InputError("{}: its groups below '/{}' lie in each other without end", file.path(), path);
  }
  const std::string prefix = path.empty() ? "" : path + "/";
  const std::string vars = prefix + "vars";
  if (file.is_group(vars)) {
    if (file.has_attribute(vars, "name")) part.own_name = file.read_text(vars, "name");
    const std::vector<std::string> names = file.list(vars);
    for (std::size_t i = 0; i < names.size(); ++i) {  // 0, 1, ...: listed as texts, 10 before 2
      const std::string name = std::to_string(i);
      if (!file.exists(vars + "/" + name)) {
        throw InputError("{}: '/{}' holds {} objects, and none is called {}", file.path(), vars,
                         names.size(), name);
      }
      part.weights.push_back({name, file.read(vars + "/" + name)});
    }
  }
  for (const char* container : kContainers) {
    if (!file.is_group(prefix + container)) continue;
    for (const std::string& name : file.list(prefix + container)) {
      const std::string group = fmt::format("{}{}/{}", prefix, container, name);
      if (!file.is_group(group)) continue;
      StoredPart& child = part.parts.emplace_back();
      child.name = name;
      read_counted(file, group, depth + 1, groups, child);
    }
    // Keras writes a layer once, under the name that it comes upon first; the other one is empty.
    if (std::ranges::any_of(part.parts, holds_weights)) break;
    part.parts.clear();
  }
}

/// How counted groups call a class, without the package of one that is not Keras's own.
std::string group_name(const std::string& class_name) {
  return snake_case(class_name.substr(class_name.rfind('>') + 1));
}

/// A parameter that a layer needs.
struct Slot {
  std::string parameter;  // "conv2d/kernel"
  std::string base;       // "kernel"
  Shape shape;
  bool trainable;
};

std::vector<Slot> slots_of(const Part& part, const Model& model) {
  std::vector<Slot> slots;
  const Index node = part.layer.empty() ? -1 : model.find(part.layer);
  if (node < 0) return slots;
  for (const Index p : model.nodes()[node].parameters) {
    const Parameter& parameter = model.parameters()[p];
    const std::string base = parameter.name.substr(parameter.name.rfind('/') + 1);
    slots.push_back(
        {.parameter = parameter.name,
         .base = base,
         .shape = shape_of(parameter.value),
         .trainable = part.trainable && base != "moving_mean" && base != "moving_variance"});
  }
  return slots;
}

/// All parameters of a part, layer by layer.
void add_slots(const Part& part, const Model& model, bool trainable, std::vector<Slot>& slots) {
  for (Slot slot : slots_of(part, model)) {
    slot.trainable = slot.trainable && trainable;
    slots.push_back(std::move(slot));
  }
  for (const Part& inner : part.parts) add_slots(inner, model, trainable && part.trainable, slots);
}

/// "kernel" of "conv2d/kernel:0"; empty for a variable's number.
std::string base_of(const std::string& weight) {
  std::string base = weight.substr(weight.rfind('/') + 1);
  base = base.substr(0, base.find(':'));
  return std::ranges::all_of(base, [](unsigned char c) { return std::isdigit(c); }) ? "" : base;
}

/// Whether a stored array is a parameter's: steps, which are images of one row, lack its first
/// axis.
bool is_shape_of(const Shape& stored, const Shape& parameter) {
  if (stored == parameter) return true;
  return parameter.rank() == stored.rank() + 1 && parameter[0] == 1 && parameter.sample() == stored;
}

bool fits(const Slot& slot, const StoredPart::Weight& weight) {
  const std::string base = base_of(weight.name);
  return (base.empty() || base == slot.base) && is_shape_of(shape_of(weight.value), slot.shape);
}

std::string text_of(const std::vector<Slot>& slots) {
  std::vector<std::string> texts;
  for (const Slot& slot : slots)
    texts.push_back(fmt::format("{} {}", slot.base, to_string(slot.shape)));
  return texts.empty() ? "none" : fmt::to_string(fmt::join(texts, ", "));
}

std::string text_of(const std::vector<StoredPart::Weight>& weights) {
  std::vector<std::string> texts;
  for (const StoredPart::Weight& weight : weights)
    texts.push_back(fmt::format("{} {}", weight.name, to_string(shape_of(weight.value))));
  return texts.empty() ? "none" : fmt::to_string(fmt::join(texts, ", "));
}

/// Gives weights to the parameters of layers, collecting what does not fit.
class Matcher {
 public:
  Matcher(const Model& model, std::string file) : model_(model), file_(std::move(file)) {}

  /// The weights of one layer, or of a model's layers in one list.
  void give(const std::string& name, std::vector<Slot> slots,
            const std::vector<StoredPart::Weight>& weights) {
    const auto in_order = [&] {
      return slots.size() == weights.size() &&
             std::ranges::equal(slots, weights, [](const Slot& slot, const auto& weight) {
               return fits(slot, weight);
             });
    };
    // Layer by layer, or all that are trained first: a model in a model.
    bool fit = in_order();
    if (!fit) {
      std::stable_partition(slots.begin(), slots.end(),
                            [](const Slot& slot) { return slot.trainable; });
      fit = in_order();
    }
    if (!fit) {
      problems_.push_back(fmt::format("layer \"{}\": expected {}; the file has {}", name,
                                      text_of(slots), text_of(weights)));
      return;
    }
    for (std::size_t i = 0; i < slots.size(); ++i) {
      Tensor value = make_tensor(slots[i].shape);
      std::ranges::copy(view(weights[i].value).flat(), value.data());
      weights_[slots[i].parameter] = std::move(value);
    }
  }

  void problem(const std::string& text) { problems_.push_back(text); }

  void named(const Part& whole, const StoredPart& stored) {
    for (const Part& part : whole.parts) {
      std::vector<Slot> slots;
      add_slots(part, model_, true, slots);
      const auto found = std::ranges::find(stored.parts, part.name, &StoredPart::name);
      if (found == stored.parts.end()) {
        if (!slots.empty()) give(part.name, slots, {});
      } else if (!slots.empty()) {
        give(part.name, std::move(slots), found->weights);
      }
    }
    for (const StoredPart& part : stored.parts) {
      if (!part.weights.empty() && std::ranges::count(whole.parts, part.name, &Part::name) == 0)
        problems_.push_back(
            fmt::format("the model has no layer \"{}\", and the file has weights "
                        "of it: {}",
                        part.name, text_of(part.weights)));
    }
  }

  void counted(const Part& part, const StoredPart& stored) {
    // The groups of each class that hold anything, by their numbers.
    std::map<std::string, std::vector<const StoredPart*>> groups;
    std::map<std::string, std::size_t> used;
    for (const Part& inner : part.parts) {
      const std::string base = group_name(inner.class_name);
      if (groups.contains(base)) continue;
      std::map<Index, const StoredPart*> numbered;
      for (const StoredPart& group : stored.parts)
        if (const auto number = number_of(group.name, base); number && holds_weights(group))
          numbered[*number] = &group;
      for (const auto& [number, group] : numbered) groups[base].push_back(group);
      groups[base];
    }
    for (const Part& inner : part.parts) {
      std::vector<Slot> slots;
      add_slots(inner, model_, true, slots);
      if (slots.empty()) continue;
      const std::string base = group_name(inner.class_name);
      const std::vector<const StoredPart*>& mine = groups[base];
      const std::size_t i = used[base]++;
      const StoredPart* group = i < mine.size() ? mine[i] : by_own_name(stored, inner.name);
      if (!group) {
        give(inner.name, slots, {});
      } else if (inner.parts.empty()) {
        give(inner.name, slots, group->weights);
      } else {
        counted(inner, *group);
      }
    }
  }

  std::map<std::string, Tensor> result() && {
    if (problems_.empty()) return std::move(weights_);
    constexpr std::size_t kShown = 12;
    const std::size_t more = problems_.size() > kShown ? problems_.size() - kShown : 0;
    problems_.resize(problems_.size() - more);
    if (more > 0) problems_.push_back(fmt::format("and {} more", more));
    throw InputError("{}: the weights do not fit the model:\n  {}", file_,
                     fmt::join(problems_, "\n  "));
  }

 private:
  static const StoredPart* by_own_name(const StoredPart& stored, const std::string& name) {
    for (const StoredPart& part : stored.parts)
      if (!part.weights.empty() && (part.own_name == name || part.name == name)) return &part;
    return nullptr;
  }

  const Model& model_;
  std::string file_;
  std::map<std::string, Tensor> weights_;
  std::vector<std::string> problems_;
};

/// The layers of a model that have weights of their own.
Part parts_of(const Model& model) {
  Part whole;
  for (const Node& node : model.nodes()) {
    if (node.parameters.empty() || node.shared_with >= 0) continue;
    Part& part = whole.parts.emplace_back();
    part.name = part.layer = node.name;
    part.class_name = node.layer->type();
  }
  return whole;
}

}  // namespace

std::optional<FileLayout> weight_layout(const Hdf5File& file) {
  if (named_group(file)) return FileLayout::named;
  for (const char* container : kContainers)
    if (file.is_group(container)) return FileLayout::counted;
  return std::nullopt;
}

StoredPart read_stored(const Hdf5File& file) {
  if (const auto group = named_group(file)) return read_named(file, *group);
  StoredPart whole;
  std::size_t groups = 0;
  read_counted(file, "", 0, groups, whole);
  return whole;
}

Index element_count(const StoredPart& stored) {
  Index count = 0;
  for (const StoredPart::Weight& weight : stored.weights)
    count += static_cast<Index>(weight.value.size());
  for (const StoredPart& part : stored.parts) count += element_count(part);
  return count;
}

std::map<std::string, Tensor> weights_of(const StoredPart& stored, FileLayout layout,
                                         const Part& whole, const Model& model,
                                         const std::string& file) {
  Matcher matcher(model, file);
  if (layout == FileLayout::named)
    matcher.named(whole, stored);
  else
    matcher.counted(whole, stored);
  return std::move(matcher).result();
}

std::map<std::string, Tensor> weights_for(const StoredPart& stored, FileLayout layout,
                                          const Model& model, WeightMatch by,
                                          const std::string& file) {
  Part whole = parts_of(model);
  Matcher matcher(model, file);
  if (by == WeightMatch::by_name) {
    StoredPart renamed = stored;
    for (StoredPart& part : renamed.parts)
      if (!part.own_name.empty()) part.name = part.own_name;
    matcher.named(whole, renamed);
  } else if (layout == FileLayout::counted) {
    matcher.counted(whole, stored);
  } else {
    std::vector<const StoredPart*> layers;
    for (const StoredPart& part : stored.parts)
      if (!part.weights.empty()) layers.push_back(&part);
    if (layers.size() != whole.parts.size()) {
      matcher.problem(
          fmt::format("the file has weights of {} layers, and the model has {} layers "
                      "with weights",
                      layers.size(), whole.parts.size()));
    }
    for (std::size_t i = 0; i < std::min(layers.size(), whole.parts.size()); ++i) {
      const Part& part = whole.parts[i];
      matcher.give(part.name, slots_of(part, model), layers[i]->weights);
    }
  }
  return std::move(matcher).result();
}

}  // namespace adjoint::keras
