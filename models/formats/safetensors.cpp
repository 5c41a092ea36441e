#include "models/formats/safetensors.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "framework/storage/atomic_file.hpp"
#include "framework/storage/number_type.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace safetensors {

constexpr std::uint64_t kMostHeader = std::uint64_t{100} << 20;  // the format's own bound, in bytes

constexpr std::pair<std::string_view, NumberType> kTypes[] = {
    {"F64", NumberType::f64},     {"F32", NumberType::f32},   {"F16", NumberType::f16},
    {"I64", NumberType::i64},     {"BF16", NumberType::bf16}, {"I32", NumberType::i32},
    {"I16", NumberType::i16},     {"I8", NumberType::i8},     {"U8", NumberType::u8},
    {"BOOL", NumberType::boolean}};

std::optional<NumberType> type_named(std::string_view name) {
  for (const auto& [known, type] : kTypes)
    if (known == name) return type;
  return {};
}

/// A tensor as the text describes it.
struct Place {
  std::string name;
  NumberType type;
  Shape shape;
  std::uint64_t begin, end;  // of its bytes, behind the text
};

/// Takes the text apart while it is read: name -> {dtype, shape, data_offsets}. Nothing else of it
/// is kept, so that a text nested without end takes no memory and is refused where it gets too
/// deep.
class Header : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Header(const std::string& path) : path_(path) {}

  std::vector<Place> places;

  bool start_object(std::size_t) override {
    ++depth_;
    if (depth_ == 2) entry_ = {};
    if (depth_ == 3) fail("has an object in it");
    return true;
  }
  bool key(string_t& text) override {
    if (depth_ == 1) {
      name_ = text;
      if (names_.count(name_) > 0) fail("stands there twice");
      names_.insert(name_);
    } else {
      field_ = text;
    }
    return true;
  }
  bool end_object() override {
    --depth_;
    if (depth_ == 1 && !is_metadata()) finish();
    return true;
  }
  bool start_array(std::size_t) override {
    if (depth_ != 2 || in_array_ || (field_ != "shape" && field_ != "data_offsets"))
      fail("has a list where none is expected");
    in_array_ = true;
    return true;
  }
  bool end_array() override {
    in_array_ = false;
    return true;
  }
  bool string(string_t& text) override {
    if (is_metadata() && depth_ == 2) return true;
    if (depth_ != 2 || in_array_ || field_ != "dtype") fail("has a text where none is expected");
    entry_.type = text;
    return true;
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (!in_array_) fail("has a number where none is expected");
    auto& list = field_ == "shape" ? entry_.shape : entry_.offsets;
    if (list.size() == 8) fail("has a list that is too long");
    list.push_back(value);
    return true;
  }
  bool number_integer(number_integer_t value) override {
    fail(fmt::format("has the number {}", value));
  }
  bool number_float(number_float_t, const string_t& text) override {
    fail("has the number " + text);
  }
  bool null() override { fail("has a null"); }
  bool boolean(bool) override { fail("has a truth value"); }
  bool binary(binary_t&) override { fail("has bytes"); }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception&) override {
    throw InputError("{} is damaged: its text of tensors is no JSON, at its byte {}", path_,
                     position);
  }

 private:
  struct Entry {
    std::string type;
    std::vector<std::uint64_t> shape, offsets;
  };

  bool is_metadata() const { return name_ == "__metadata__"; }

  [[noreturn]] void fail(const std::string& what) const {
    throw InputError("{}: tensor \"{}\" {}; expected dtype, shape and data_offsets", path_, name_,
                     what);
  }

  void finish() {
    const auto type = type_named(entry_.type);
    if (!type)
      throw InputError(
          "{}: tensor \"{}\" is of type \"{}\"; F64, F32, F16, BF16, integers and BOOL are read",
          path_, name_, entry_.type);
    if (entry_.offsets.size() != 2 || entry_.offsets[0] > entry_.offsets[1])
      fail("has no place (data_offsets)");
    if (entry_.shape.size() > Shape::kMaxRank)
      throw InputError("{}: tensor \"{}\" has {} axes; at most {} are read", path_, name_,
                       entry_.shape.size(), Shape::kMaxRank);
    const std::uint64_t bytes = entry_.offsets[1] - entry_.offsets[0];
    std::uint64_t expected = size_of(*type);
    Shape shape;
    for (std::uint64_t extent : entry_.shape) {
      // Checked by division: the product may be larger than any number.
      if (extent != 0 && expected > bytes / extent + 1) expected = bytes + 1;
      expected = extent == 0 ? 0 : expected > bytes ? expected : expected * extent;
      shape.push_back(static_cast<Index>(std::min<std::uint64_t>(extent, std::uint64_t{1} << 62)));
    }
    if (expected != bytes)
      fail(fmt::format("has {} bytes of place, which its shape does not fill", bytes));
    places.push_back({name_, *type, shape, entry_.offsets[0], entry_.offsets[1]});
  }

  const std::string& path_;
  int depth_ = 0;
  bool in_array_ = false;
  std::string name_, field_;
  std::set<std::string> names_;
  Entry entry_;
};

/// Throws unless the tensors stand one behind the other and fill the file.
void check_places(const std::string& path, std::vector<Place>& places, std::uint64_t size) {
  std::ranges::stable_sort(places, {}, [](const Place& p) { return std::pair(p.begin, p.end); });
  std::uint64_t end = 0;
  for (const Place& place : places) {
    if (place.begin != end) {
      throw InputError("{} is damaged: tensor \"{}\" begins at byte {} of the data, {}", path,
                       place.name, place.begin,
                       place.begin < end ? "inside another one" : "behind a gap");
    }
    end = place.end;
    if (end > size)
      throw InputError("{} is truncated: tensor \"{}\" ends at byte {} of the data, which has {}",
                       path, place.name, end, size);
  }
  if (end != size)
    throw InputError("{} is damaged: its tensors take {} bytes of data, and it has {}", path, end,
                     size);
}

}  // namespace safetensors

std::vector<ForeignWeight> read_safetensors(const std::string& path) {
  namespace fs = std::filesystem;
  if (fs::is_directory(path)) throw InputError("{} is a folder; expected a safetensors file", path);
  std::ifstream file(path, std::ios::binary);
  if (!file) throw InputError("cannot open {}: {}", path, std::strerror(errno));
  const auto size = static_cast<std::uint64_t>(file.seekg(0, std::ios::end).tellg());
  file.seekg(0);
  std::uint64_t length = 0;
  file.read(reinterpret_cast<char*>(&length), sizeof length);
  if (!file || length > size - sizeof length || length > safetensors::kMostHeader) {
    throw InputError(
        "{} is no safetensors file, or it is damaged: its text of tensors has {} bytes, and the "
        "file {}",
        path, length, size);
  }
  std::string text(length, '\0');
  file.read(text.data(), static_cast<std::streamsize>(length));
  if (!file) throw InputError("cannot read {}", path);
  safetensors::Header header(path);
  nlohmann::json::sax_parse(text, &header);
  const std::uint64_t data = size - sizeof length - length;
  safetensors::check_places(path, header.places, data);

  std::vector<ForeignWeight> weights;
  std::vector<std::byte> bytes;
  for (const safetensors::Place& place : header.places) {
    bytes.resize(place.end - place.begin);
    file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    if (!file) throw InputError("cannot read {}: it became shorter", path);
    Tensor value = make_tensor(place.shape);
    convert_numbers(place.type, bytes, view(value));
    weights.push_back({place.name, std::move(value)});
  }
  return weights;
}

void write_safetensors(const std::string& path, const std::vector<SafetensorsEntry>& entries) {
  static_assert(std::is_same_v<Real, float>);
  nlohmann::ordered_json header;
  header["__metadata__"] = {{"format", "pt"}};
  std::string data;
  // Wide numbers first, so that all are aligned.
  std::vector<SafetensorsEntry> sorted = entries;
  // (Not of std::ranges: clang 14 does not compile what that returns.)
  std::stable_partition(sorted.begin(), sorted.end(),
                        [](const SafetensorsEntry& entry) { return entry.is_integer; });
  for (const SafetensorsEntry& entry : sorted) {
    const std::size_t begin = data.size();
    nlohmann::ordered_json shape = nlohmann::ordered_json::array();
    if (entry.is_integer) {
      const auto value = static_cast<std::int64_t>(entry.value.data()[0]);
      data.append(reinterpret_cast<const char*>(&value), sizeof value);
    } else {
      for (std::size_t extent : entry.value.shape()) shape.push_back(extent);
      data.append(reinterpret_cast<const char*>(entry.value.data()),
                  entry.value.size() * sizeof(Real));
    }
    header[entry.name] = {{"dtype", entry.is_integer ? "I64" : "F32"},
                          {"shape", shape},
                          {"data_offsets", {begin, data.size()}}};
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');  // numbers stay aligned
  const std::uint64_t length = text.size();
  write_atomically(path, {std::as_bytes(std::span(&length, 1)), std::as_bytes(std::span(text)),
                          std::as_bytes(std::span(data))});
}

}  // namespace adjoint
