#include "python/settings.hpp"

#include "framework/settings/config_value.hpp"
#include "framework/tensor/error.hpp"
#include "models/config/value_text.hpp"
#include "python/arrays.hpp"

namespace adjoint::python {
namespace {

std::string key_of(const py::handle& key, const std::string& table) {
  if (py::isinstance<py::str>(key)) return key.cast<std::string>();
  throw InputError("{}: expected keys of type str, got {}", table.empty() ? "config" : table,
                   std::string(py::repr(key)));
}

ConfigValue value_of(const py::handle& value, const std::string& key) {
  if (py::isinstance<py::bool_>(value)) return value.cast<bool>();
  if (py::isinstance<py::int_>(value)) {
    const Index number = PyLong_AsLongLong(value.ptr());
    if (!PyErr_Occurred()) return number;
    PyErr_Clear();
    throw InputError("{}: {} is too large", key, std::string(py::str(value)));
  }
  if (py::isinstance<py::float_>(value)) return value.cast<double>();
  if (py::isinstance<py::str>(value)) return value.cast<std::string>();
  if (py::isinstance<py::dict>(value)) {
    ConfigTable table;
    for (const auto& [name, entry] : value.cast<py::dict>()) {
      const std::string text = key_of(name, key);
      table.emplace_back(text, value_of(entry, key + "." + text));
    }
    return table;
  }
  if (py::isinstance<py::list>(value) || py::isinstance<py::tuple>(value)) {
    ConfigList list;
    for (const py::handle element : value.cast<py::sequence>())
      list.push_back(value_of(element, key));
    return list;
  }
  if (py::hasattr(value, "__fspath__"))
    return py::module_::import("os").attr("fsdecode")(value).cast<std::string>();
  // NumPy's numbers and arrays.
  if (py::hasattr(value, "tolist")) return value_of(value.attr("tolist")(), key);
  throw InputError("{}: expected a str, a number, a bool, a list or a dict, got {}", key,
                   value.is_none() ? "None; leave the key out" : type_name(value));
}

void add_overrides(const py::dict& table, const std::string& prefix,
                   std::vector<std::string>& texts) {
  for (const auto& [name, value] : table) {
    const std::string key = prefix + key_of(name, "overrides");
    if (py::isinstance<py::dict>(value))
      add_overrides(value.cast<py::dict>(), key + ".", texts);
    else
      texts.push_back(key + "=" + to_toml(value_of(value, key)));
  }
}

}  // namespace

std::string toml_of(const py::dict& config) {
  std::string text;
  for (const auto& [name, value] : config) {
    const std::string key = key_of(name, "");
    text += key_to_toml(key) + " = " + to_toml(value_of(value, key)) + "\n";
  }
  return text;
}

std::vector<std::string> overrides_of(const py::object& overrides, const char* argument,
                                      const std::string& prefix) {
  std::vector<std::string> texts;
  if (overrides.is_none()) return texts;
  if (!py::isinstance<py::dict>(overrides))
    throw InputError("{}: expected a dict, got {}", argument, type_name(overrides));
  add_overrides(overrides.cast<py::dict>(), prefix, texts);
  return texts;
}

}  // namespace adjoint::python
