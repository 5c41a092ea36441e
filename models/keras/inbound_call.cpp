#include "models/keras/inbound_call.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "framework/tensor/error.hpp"

namespace adjoint::keras {
namespace {

/// ["conv2d", 0, 0, ...], as Keras 2 names a tensor.
bool names_tensor(const Json& node) {
  return node.is_array() && node.size() >= 3 && node[0].is_string() &&
         node[1].is_number_integer() && node[2].is_number_integer();
}

/// An object with a "keras_history", as Keras 3 names a tensor.
bool is_tensor(const Json& node) {
  return text_of(node, "class_name") == "__keras_tensor__";
}

bool holds_tensors(const Json& node) {
  if (names_tensor(node) || is_tensor(node)) return true;
  return node.is_structured() && std::ranges::any_of(node, holds_tensors);
}

/// Collects the arguments of one call.
class Arguments {
 public:
  explicit Arguments(const std::string& where) : where_(where) {}

  void add(const Json& node) {
    if (node.is_array())
      add_list(node);
    else if (is_tensor(node))
      add_history(node);
    else if (node.is_object())
      add_keras3(node);
  }
  InboundCall take() { return std::move(call_); }

 private:
  void add_reference(const Json& names) {
    if (names[1] < 0 || names[2] < 0) {
      throw InputError("{}: an input is output {} of call {} of layer \"{}\"; both count from 0",
                       where_, names[2].dump(), names[1].dump(), names[0].get<std::string>());
    }
    call_.inputs.push_back(
        {names[0].get<std::string>(), names[1].get<Index>(), names[2].get<Index>()});
  }

  /// A tensor or a constant of Keras 2, with the arguments behind it; or a list of tensors.
  void add_list(const Json& list) {
    const bool is_constant = list.size() >= 3 && list[0] == Json("_CONSTANT_VALUE");
    if (is_constant) {
      call_.options["x"] = list[2];
    } else if (names_tensor(list)) {
      add_reference(list);
    } else {
      for (const Json& part : list) add(part);
      return;
    }
    if (list.size() > 3) add_named(list[3]);
  }

  void add_history(const Json& tensor) {
    const auto config = tensor.find("config");
    const Json history = config == tensor.end() || !config->is_object()
                             ? Json()
                             : config->value("keras_history", Json());
    if (!names_tensor(history))
      throw InputError("{}: an input does not say which layer it is of", where_);
    add_reference(history);
  }

  /// {"args": [...], "kwargs": {...}}.
  void add_keras3(const Json& call) {
    if (const auto given = call.find("args"); given != call.end()) {
      add(*given);
      for (std::size_t i = 0; given->is_array() && i < given->size(); ++i) {
        if (!(*given)[i].is_number()) continue;
        const std::string name = i == 0 ? "x" : i == 1 ? "y" : fmt::format("argument {}", i);
        call_.options[name] = (*given)[i];
      }
    }
    if (const auto named = call.find("kwargs"); named != call.end()) add_named(*named);
  }

  void add_named(const Json& named) {
    if (!named.is_object()) return;
    for (const auto& [name, value] : named.items()) {
      if (value.is_null() || name == "name" || name == "mask" || value == Json(false)) continue;
      if (holds_tensors(value))
        add(value);
      else
        call_.options[name] = value;
    }
  }

  const std::string& where_;
  InboundCall call_;
};

void add_ends(const Json& part, const std::string& where, std::vector<Reference>& found) {
  if (!part.is_structured()) throw InputError("{}: it names no layers", where);
  if (part.is_array() && part.size() == 3 && part[0].is_string()) {
    std::ranges::move(read_inbound_call(part, where).inputs, std::back_inserter(found));
    return;
  }
  for (const Json& item : part) add_ends(item, where, found);
}

}  // namespace

InboundCall read_inbound_call(const Json& node, const std::string& where) {
  Arguments arguments(where);
  arguments.add(node);
  return arguments.take();
}

std::vector<Reference> read_ends(const Json& list, const std::string& where) {
  std::vector<Reference> found;
  add_ends(list, where, found);
  return found;
}

}  // namespace adjoint::keras
