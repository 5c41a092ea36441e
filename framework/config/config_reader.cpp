// The strict reader. A message reads "file:line: key: what was expected; what was found", and for
// an element of an array "file:line: model.layer[2] \"enc2\": key: ...".

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "framework/config/keys.hpp"
#include "framework/config/near_miss.hpp"
#include "framework/config/overrides.hpp"
#include "framework/config/toml_text.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

/// "file:line" for what the file says, "--set key=value" for an override.
std::string place(const toml::source_region& source, const std::string& file) {
  if (!source.path) return file;
  if (*source.path != file) return *source.path;
  return fmt::format("{}:{}", file, source.begin.line);
}

class ConfigReader final : public Keys {
 public:
  /// Reads one table. `element` names the array element that it is in, `path` is the dotted key
  /// from there; both may be empty.
  ConfigReader(const toml::table& table, const std::string& file, std::string element,
               std::string path)
      : table_(table), file_(file), element_(std::move(element)), path_(std::move(path)) {}

  void read(const std::function<void(Keys&)>& visit_keys) {
    visit_keys(*this);
    refuse_unknown_keys();
    refuse_missing_key();
  }

  void location(std::string& where) override { where = table_place(); }

  void reject(std::string_view name, const std::string& message) override {
    refuse_missing_key();  // what was not read may be all that is wrong
    const toml::node* node = table_.get(name);
    fail(node ? place(node->source(), file_) : table_place(), label(name), message);
  }

 private:
  void visit(const Field& field) override {
    const toml::node* node = find(field.name);
    std::string suggestion;
    if (!node) {
      if (field.required && missing_.empty()) {
        missing_ = field.name;
        missing_expected_ = field.expected;
      }
    } else if (!field.read(*node, suggestion)) {
      fail(place(node->source(), file_), label(field.name),
           fmt::format("expected {}; got {}{}", field.expected, describe(*node), suggestion));
    }
  }

  void visit_table(std::string_view name, std::string_view /*doc*/,
                   const std::function<void(Keys&)>& visit_keys) override {
    static const toml::table kEmpty;  // so that what it lacks is reported
    const toml::node* node = find(name);
    if (node && !node->is_table())
      fail(place(node->source(), file_), label(name),
           fmt::format("expected a table, [{}]; got {}", dotted(name), describe(*node)));
    ConfigReader(node ? *node->as_table() : kEmpty, file_, element_, dotted(name)).read(visit_keys);
  }

  void visit_tables(std::string_view name, std::string_view /*doc*/, std::size_t /*count*/,
                    const std::function<void(std::size_t)>& resize,
                    const std::function<void(std::size_t, Keys&)>& visit_keys) override {
    const toml::node* node = find(name);
    if (!node) return;
    const toml::array* list = node->as_array();
    if (!list)
      fail(place(node->source(), file_), label(name),
           fmt::format("expected tables, [[{}]]; got {}", dotted(name), describe(*node)));
    resize(0);  // each element starts from the defaults
    resize(list->size());
    for (std::size_t i = 0; i < list->size(); ++i) {
      const toml::node& node_i = (*list)[i];
      std::string element = fmt::format("{}[{}]", label(name), i + 1);
      const toml::table* table = node_i.as_table();
      if (!table)
        fail(place(node_i.source(), file_), element,
             fmt::format("expected a table; got {}", describe(node_i)));
      const auto* own_name = table->get_as<std::string>("name");
      if (own_name && !own_name->get().empty()) element += fmt::format(" \"{}\"", own_name->get());
      ConfigReader(*table, file_, element, "").read([&](Keys& keys) { visit_keys(i, keys); });
    }
  }

  /// The node of a known key.
  const toml::node* find(std::string_view name) {
    known_.emplace_back(name);
    return table_.get(name);
  }

  void refuse_unknown_keys() const {
    for (auto&& [key, node] : table_) {
      const std::string name(key.str());
      if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
      // While a required key is missing, the table may have more keys than could be told; only
      // what looks like the missing one is surely wrong.
      const std::string suggestion =
          did_you_mean(name, missing_.empty() ? known_ : std::vector{missing_});
      if (!missing_.empty() && suggestion.empty()) continue;
      fail(place(key.source().path ? key.source() : node.source(), file_), label(""),
           fmt::format("unknown {} \"{}\"{} known keys: {}", node.is_table() ? "table" : "key",
                       name, suggestion.empty() ? ";" : suggestion, fmt::join(known_, ", ")));
    }
  }

  void refuse_missing_key() const {
    if (missing_.empty()) return;
    fail(table_place(), label(""),
         fmt::format("missing key \"{}\"; expected {}", missing_, missing_expected_));
  }

  std::string table_place() const {
    const toml::source_region& source = table_.source();
    const bool in_file = source.path && *source.path == file_ && source.begin.line > 0;
    return in_file ? place(source, file_) : file_;
  }

  std::string dotted(std::string_view name) const {
    return path_.empty() || name.empty() ? path_ + std::string(name)
                                         : fmt::format("{}.{}", path_, name);
  }
  /// What a message calls a key of this table; with no name, the table itself.
  std::string label(std::string_view name) const {
    const std::string key = dotted(name);
    return element_.empty() || key.empty() ? element_ + key : element_ + ": " + key;
  }
  [[noreturn]] static void fail(const std::string& where, const std::string& label,
                                const std::string& message) {
    throw InputError("{}: {}{}{}", where, label, label.empty() ? "" : ": ", message);
  }

  const toml::table& table_;
  const std::string& file_;
  std::string element_;
  std::string path_;
  std::vector<std::string> known_;
  std::string missing_;  // the first required key that is not there
  std::string missing_expected_;
};

toml::table parse_toml(std::string_view text, const std::string& file) {
  try {
    return toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    std::string what(error.description());
    if (!what.empty()) what[0] = static_cast<char>(std::tolower(what[0]));
    throw InputError("{}:{}:{}: {}", file, error.source().begin.line, error.source().begin.column,
                     what);
  }
}

}  // namespace

namespace detail {

void parse_config(std::string_view text, const std::string& name,
                  const std::vector<std::string>& overrides,
                  const std::function<void(Keys&)>& visit_keys) {
  toml::table config = parse_toml(text, name);
  apply_overrides(config, overrides);
  ConfigReader(config, name, "", "").read(visit_keys);
}

std::string read_text_file(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    throw InputError("{}: is a folder; expected a TOML file", path);
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file) throw InputError("{}: cannot be opened: {}", path, std::strerror(errno));
  text << file.rdbuf();
  if (file.bad()) throw InputError("{}: cannot be read", path);
  return std::move(text).str();
}

}  // namespace detail
}  // namespace adjoint
