#include "models/config/flat_config.hpp"

#include "framework/tensor/error.hpp"
#include "models/config/toml_value.hpp"
#include "models/config/value_text.hpp"

namespace adjoint {
namespace {

using Flat = std::vector<FlatKey>;

/// `path` and `element` are those of the table.
void add_keys(const std::string& path, const std::string& element, const toml::table& table,
              Flat& flat) {
  for (const auto& [key, node] : table) {
    const std::string name = path + key_to_toml(key.str());
    if (const toml::table* inner = node.as_table(); inner && !inner->is_inline()) {
      add_keys(name + ".", element, *inner, flat);
    } else if (const toml::array* list = node.as_array();
               list && !list->empty() && list->is_homogeneous(toml::node_type::table)) {
      for (std::size_t i = 0; i < list->size(); ++i) {
        const toml::table& inner_table = *(*list)[i].as_table();
        const auto own = inner_table["name"].value<std::string>();
        const std::string inner_name =
            name + "." + (own ? key_to_toml(*own) : std::to_string(i + 1));
        add_keys(inner_name + ".", inner_name, inner_table, flat);
      }
    } else {
      flat.push_back({name, to_toml(value_of(node)), element});
    }
  }
}

}  // namespace

Flat flat_config(std::string_view text, const std::string& file) {
  try {
    Flat flat;
    add_keys("", "", toml::parse(text, file), flat);
    return flat;
  } catch (const toml::parse_error& error) {
    throw InputError("{}:{}: {}; expected TOML", file, error.source().begin.line,
                     error.description());
  }
}

}  // namespace adjoint
