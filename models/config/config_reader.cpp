// The strict reader. It goes on after a mistake, with the key's default, and reports all of them at
// once. A message reads "file:line: key: what was expected; what was found", and for
// an element of an array "file:line: model.layer[2] \"enc2\": key: ...".

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "framework/settings/foreign_words.hpp"
#include "framework/settings/near_miss.hpp"
#include "framework/tensor/error.hpp"
#include "models/config/config_text.hpp"
#include "models/config/overrides.hpp"
#include "models/config/toml_value.hpp"
#include "models/config/value_text.hpp"

namespace adjoint {
namespace {

/// "file:line" for what the file says, "--set key=value" for an override.
std::string place(const toml::source_region& source, const std::string& file) {
  if (!source.path) return file;
  if (*source.path != file) return *source.path;
  return fmt::format("{}:{}", file, source.begin.line);
}

/// Keys that decide which other keys there are. While one of them is wrong, the others of its table
/// can hardly be judged.
constexpr std::string_view kDeciding[] = {"kind", "type", "source", "style", "preset"};

bool decides(std::string_view name) {
  return std::ranges::find(kDeciding, name) != std::end(kDeciding);
}

/// All that is wrong with a config, so that one look at it is enough.
class Mistakes {
 public:
  /// `line` is where in the file; 0 where it is not in there.
  void add(toml::source_index line, std::string message) {
    found_.push_back({line, std::move(message)});
  }
  /// Throws InputError: of one mistake as it is, of several as a list in the file's order.
  void report(const std::string& file) {
    if (found_.empty()) return;
    if (found_.size() == 1) throw InputError(found_.front().message);
    std::ranges::stable_sort(found_, {}, &Mistake::line);
    std::string text = fmt::format("{}: {} mistakes:", file, found_.size());
    for (const Mistake& mistake : found_) text += "\n  " + mistake.message;
    throw InputError(text);
  }

 private:
  struct Mistake {
    toml::source_index line;
    std::string message;
  };
  std::vector<Mistake> found_;
};

/// What the readers of all tables share.
struct ReaderState {
  const std::string& file;
  Mistakes mistakes = {};
  std::set<std::string> known = {};  // labels of all keys that the settings have
  /// Labels of the keys that the settings had before the overrides. `residual=ssim` has no use for
  /// the key `difference`: the file may still hold it, for there it was right.
  std::set<std::string> known_before = {};
};

class ConfigReader final : public Keys {
 public:
  /// Reads one table. `element` names the array element that it is in, `path` is the dotted key
  /// from there; both may be empty.
  ConfigReader(const toml::table& table, ReaderState& state, std::string element, std::string path)
      : table_(table), state_(state), element_(std::move(element)), path_(std::move(path)) {}

  void read(const std::function<void(Keys&)>& visit_keys, ConfigScope scope = ConfigScope::all) {
    visit_keys(*this);
    if (scope == ConfigScope::all) note_unknown_keys();
    note_missing_keys();
  }

  void location(std::string& where) override { where = table_place(); }

  Given given(std::string_view name) const override {
    const toml::node* node = table_.get(name);
    if (!node) return Given::nowhere;
    return is_from_file(node->source()) ? Given::in_file : Given::by_override;
  }

  void reject(std::string_view name, const std::string& message) override {
    // Where another key makes it a mistake it may not have been visited, and is known all the same.
    if (std::ranges::find(known_, name) == known_.end()) known_.emplace_back(name);
    if (!missing_.empty() || undecided_) return;  // what was not read may be all that is wrong
    const toml::node* node = table_.get(name);
    if (node)
      note(node->source(), label(name), message);
    else
      note_of_table(label(name), message);
  }

 private:
  void visit(const Field& field) override {
    const toml::node* node = find(field.name);
    std::string suggestion;
    if (!node) {
      if (!field.required || undecided_) return;
      missing_.emplace_back(field.name);
      missing_expected_.push_back(field.expected);
      undecided_ = decides(field.name);
    } else if (!field.read(value_of(*node), suggestion)) {
      undecided_ = undecided_ || decides(field.name);
      note(node->source(), label(field.name),
           fmt::format("expected {}; got {}{}", field.expected, describe(value_of(*node)),
                       suggestion));
    }
  }

  void visit_table(std::string_view name, std::string_view /*doc*/,
                   const std::function<void(Keys&)>& visit_keys) override {
    static const toml::table kEmpty;  // so that what it lacks is reported
    const toml::node* node = find(name);
    if (!node || node->is_table()) {
      ConfigReader table(node ? *node->as_table() : kEmpty, state_, element_, dotted(name));
      table.read(visit_keys);
      return;
    }
    // loss = "mse": a kind alone, where it has a table of its own.
    ReaderState unused{state_.file};
    ConfigReader table(kEmpty, unused, element_, dotted(name));
    visit_keys(table);
    const bool has_kind = std::ranges::find(table.known_, "kind") != table.known_.end();
    note(node->source(), label(name),
         fmt::format("expected a table, [{}]; got {}{}", dotted(name), describe(value_of(*node)),
                     has_kind && node->is_string()
                         ? fmt::format("; did you mean {}.kind = {}?", dotted(name),
                                       to_toml(value_of(*node)))
                         : ""));
  }

  void visit_tables(std::string_view name, std::string_view /*doc*/, std::size_t /*count*/,
                    const std::function<void(std::size_t)>& resize,
                    const std::function<void(std::size_t, Keys&)>& visit_keys) override {
    const toml::node* node = find(name);
    if (!node) return;
    const toml::array* list = node->as_array();
    if (!list) {
      note(node->source(), label(name),
           fmt::format("expected tables, [[{}]]; got {}", dotted(name), describe(value_of(*node))));
      return;
    }
    resize(0);  // each element starts from the defaults
    resize(list->size());
    for (std::size_t i = 0; i < list->size(); ++i) {
      const toml::node& node_i = (*list)[i];
      std::string element = fmt::format("{}[{}]", label(name), i + 1);
      const toml::table* table = node_i.as_table();
      if (!table) {
        note(node_i.source(), element,
             fmt::format("expected a table; got {}", describe(value_of(node_i))));
        continue;
      }
      const auto* own_name = table->get_as<std::string>("name");
      if (own_name && !own_name->get().empty()) element += fmt::format(" \"{}\"", own_name->get());
      ConfigReader(*table, state_, element, "").read([&](Keys& keys) { visit_keys(i, keys); });
    }
  }

  /// The node of a known key.
  const toml::node* find(std::string_view name) {
    known_.emplace_back(name);
    state_.known.insert(label(name));
    return table_.get(name);
  }

  void note_unknown_keys() {
    for (auto&& [key, node] : table_) {
      const std::string name(key.str());
      if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
      if (is_from_file(node.source()) && state_.known_before.contains(label(name))) continue;
      std::string suggestion = did_you_mean(name, missing_.empty() ? known_ : missing_);
      if (!missing_.empty() && !suggestion.empty()) {
        // A missing key is there under another name: one mistake, not two.
        const std::string meant = meant_name(name, missing_);
        const auto place = std::ranges::find(missing_, meant);
        missing_expected_.erase(missing_expected_.begin() + (place - missing_.begin()));
        missing_.erase(place);
      } else if (suggestion.empty() && !undecided_) {
        suggestion = did_you_mean(name, known_);
        if (suggestion.empty()) suggestion = other_place(name);
      } else if (suggestion.empty()) {
        continue;  // the table may have more keys than could be told
      }
      const bool has_line = is_from_file(node.source()) && key.source().path;
      note(has_line ? key.source() : node.source(), label(""),
           fmt::format("unknown {} \"{}\"{} known keys: {}", node.is_table() ? "table" : "key",
                       name, suggestion.empty() ? ";" : suggestion, fmt::join(known_, ", ")));
    }
  }

  void note_missing_keys() const {
    for (std::size_t i = 0; i < missing_.size(); ++i) {
      note_of_table(label(""), fmt::format("missing key \"{}\"; expected {}", missing_[i],
                                           missing_expected_[i]));
    }
  }

  std::string table_place() const {
    return in_file() ? place(table_.source(), state_.file) : state_.file;
  }
  bool in_file() const { return is_from_file(table_.source()) && table_.source().begin.line > 0; }
  bool is_from_file(const toml::source_region& source) const {
    return source.path && *source.path == state_.file;
  }

  std::string dotted(std::string_view name) const {
    return path_.empty() || name.empty() ? path_ + std::string(name)
                                         : fmt::format("{}.{}", path_, name);
  }
  /// Path of a key of this table in messages; with no name, the table itself.
  std::string label(std::string_view name) const {
    const std::string key = dotted(name);
    return element_.empty() || key.empty() ? element_ + key : element_ + ": " + key;
  }
  /// Notes a mistake: at a node, or at the table as a whole.
  void note(const toml::source_region& source, const std::string& label,
            const std::string& message) const {
    add(is_from_file(source) ? source.begin.line : 0, place(source, state_.file), label, message);
  }
  void note_of_table(const std::string& label, const std::string& message) const {
    add(in_file() ? table_.source().begin.line : 0, table_place(), label, message);
  }
  void add(toml::source_index line, const std::string& where, const std::string& label,
           const std::string& message) const {
    state_.mistakes.add(
        line, fmt::format("{}: {}{}{}", where, label, label.empty() ? "" : ": ", message));
  }

  const toml::table& table_;
  ReaderState& state_;
  std::string element_;
  std::string path_;
  std::vector<std::string> known_;
  std::vector<std::string> missing_;           // required keys that are not there
  std::vector<std::string> missing_expected_;  // and what they should hold
  bool undecided_ = false;                     // a deciding key is missing or wrong
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
                  const std::vector<std::string>& overrides, ConfigScope scope,
                  const std::function<void(Keys&)>& visit_keys,
                  const std::function<void(Keys&)>& visit_keys_of_copy) {
  toml::table config = parse_toml(text, name);
  ReaderState state{name};
  if (!overrides.empty()) {
    ReaderState file_alone{name};
    ConfigReader(config, file_alone, "", "").read(visit_keys_of_copy, scope);
    state.known_before = std::move(file_alone.known);
  }
  for (const std::string& text_of_one : overrides) {
    try {
      apply_override(config, text_of_one);
    } catch (const InputError& error) {
      state.mistakes.add(0, error.what());
    }
  }
  ConfigReader(config, state, "", "").read(visit_keys, scope);
  state.mistakes.report(name);
}

std::string read_text_file(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    throw InputError("{}: is a folder; expected a TOML file", path);
  std::ifstream file(path, std::ios::binary);
  std::ostringstream stream;
  if (!file) throw InputError("{}: cannot be opened: {}", path, std::strerror(errno));
  stream << file.rdbuf();
  if (file.bad()) throw InputError("{}: cannot be read", path);
  std::string text = std::move(stream).str();
  if (text.find('\0') != std::string::npos)
    throw InputError("{}: is not a text file; expected a config in TOML", path);
  return text;
}

}  // namespace detail
}  // namespace adjoint
