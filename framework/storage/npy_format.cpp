#include "framework/storage/npy_format.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <string_view>

#include "framework/storage/number_type.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace npy_format {

static_assert(std::endian::native == std::endian::little,
              "bytes are copied into numbers as they are");

template <class T>
void convert(std::span<const std::uint8_t> from, Real* to) {
  for (std::size_t i = 0; i < from.size(); i += sizeof(T)) {
    T value;
    std::memcpy(&value, &from[i], sizeof value);
    *to++ = static_cast<Real>(value);
  }
}

void convert_halves(std::span<const std::uint8_t> from, Real* to) {
  const Index count = static_cast<Index>(from.size() / size_of(NumberType::f16));
  convert_numbers(NumberType::f16, std::as_bytes(from), {to, {count}});
}

/// Every element type that is read.
constexpr NpyType kTypes[] = {
    {"<f4", 4, 32, convert<float>},       {"<f8", 8, 32, convert<double>},
    {"|u1", 1, 8, convert<std::uint8_t>}, {"<u2", 2, 16, convert<std::uint16_t>},
    {"<i4", 4, 0, convert<std::int32_t>}, {"<i8", 8, 0, convert<std::int64_t>},
    {"|b1", 1, 0, convert<std::uint8_t>}, {"<f2", 2, 0, convert_halves},
};

/// The three entries of a head, a Python dictionary in text.
struct Fields {
  std::string type;
  bool fortran_order = false;
  Shape shape;
};

/// Reads the text of a head; false if it is anything but what numpy writes.
class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : rest_(text) {}

  bool parse(Fields& fields) {
    if (!eat("{")) return false;
    for (int entry = 0; entry < 3; ++entry) {
      std::string key;
      if (!quoted(key) || !eat(":")) return false;
      const bool good = key == "descr"           ? quoted(fields.type)
                        : key == "fortran_order" ? boolean(fields.fortran_order)
                        : key == "shape"         ? tuple(fields.shape)
                                                 : false;
      if (!good || (!eat(",") && entry < 2)) return false;
    }
    return eat("}") && rest_.find_first_not_of(" \n") == std::string_view::npos;
  }

 private:
  bool eat(std::string_view token) {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size()));
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }
  bool quoted(std::string& text) {
    if (!eat("'")) return false;
    const std::size_t end = rest_.find('\'');
    if (end == std::string_view::npos) return false;
    text = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return true;
  }
  bool boolean(bool& value) {
    value = eat("True");
    return value || eat("False");
  }
  bool tuple(Shape& shape) {
    if (!eat("(")) return false;
    while (!eat(")")) {
      Index extent = 0;
      eat("");  // spaces
      const auto [end, error] = std::from_chars(rest_.begin(), rest_.end(), extent);
      if (error != std::errc() || extent < 0 || shape.rank() == Shape::kMaxRank) return false;
      rest_.remove_prefix(static_cast<std::size_t>(end - rest_.begin()));
      shape.push_back(extent);
      if (!eat(",") && !rest_.starts_with(')')) return false;
    }
    return true;
  }

  std::string_view rest_;
};

const NpyType* find_type(const std::string& name) {
  for (const NpyType& type : kTypes) {
    if (name == type.name) return &type;
  }
  return nullptr;
}

std::string type_names() {
  std::vector<std::string> names;
  for (const NpyType& type : kTypes) names.emplace_back(type.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace npy_format

NpyHeader parse_npy_head(std::span<const std::uint8_t> beginning, const std::string& name) {
  const std::span head = beginning.first(std::min(beginning.size(), kLongestNpyHead));
  constexpr std::string_view kMagic = "\x93NUMPY";
  if (head.size() < kMagic.size() || std::memcmp(head.data(), kMagic.data(), kMagic.size()) != 0) {
    throw InputError("'{}' is not an .npy file", name);
  }
  // Two bytes of version, then the length of the text in two bytes (version 1) or four.
  const std::size_t prefix = head.size() > 6 && head[6] >= 2 ? 12 : 10;
  if (head.size() < prefix) {
    throw InputError("'{}' is truncated: its head ends after {} bytes", name, head.size());
  }
  if (head[6] < 1 || head[6] > 3) {
    throw InputError("'{}' is of version {}.{} of the .npy format; versions 1.0 to 3.0 are read",
                     name, head[6], head[7]);
  }
  std::size_t length = head[8] | std::size_t{head[9]} << 8;
  if (prefix == 12) length |= std::size_t{head[10]} << 16 | std::size_t{head[11]} << 24;
  if (prefix + length > head.size()) {
    throw InputError("'{}' is {}: its head announces {} bytes, got {}", name,
                     head.size() < kLongestNpyHead ? "truncated" : "damaged", prefix + length,
                     head.size());
  }
  const std::string_view text(reinterpret_cast<const char*>(head.data()) + prefix, length);
  npy_format::Fields fields;
  if (!npy_format::HeaderParser(text).parse(fields)) {
    throw InputError(
        "'{}': cannot understand its head; expected type, order and shape (up to {} axes), got "
        "\"{}\"",
        name, Shape::kMaxRank, text.substr(0, text.find_last_not_of(" \n") + 1));
  }
  const NpyType* type = npy_format::find_type(fields.type);
  if (!type) {
    throw InputError(
        "'{}' holds elements of type '{}'; expected one of {}: convert it with numpy's astype",
        name, fields.type, npy_format::type_names());
  }
  return {.type = type,
          .shape = fields.shape,
          .offset = static_cast<Index>(prefix + length),
          .fortran_order = fields.fortran_order};
}

namespace npy_format {

void check_size(const NpyHeader& header, const std::string& name, std::size_t bytes) {
  Index expected = 0;
  try {
    expected = header.shape.size() * header.type->bytes;
  } catch (const InputError& error) {
    throw InputError("'{}' is damaged: {}", name, error.what());
  }
  const Index got = static_cast<Index>(bytes) - header.offset;
  if (got != expected) {
    throw InputError("'{}' is {}: {} elements of type {} take {} bytes, got {}", name,
                     got < expected ? "truncated" : "damaged", to_string(header.shape),
                     header.type->name, expected, got);
  }
}

std::string head(std::string_view type, const Shape& of) {
  // A Python tuple: of one number with a comma.
  std::string shape = fmt::format("{}", fmt::join(of, ", "));
  if (of.rank() == 1) shape += ',';
  std::string text =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", type, shape);
  // Spaces bring the elements to a multiple of 64 bytes, as the format asks.
  constexpr std::size_t kPrefix = 10;
  text.append(63 - (kPrefix + text.size()) % 64, ' ');
  text += '\n';
  std::string file{"\x93NUMPY\x01\x00", 8};
  file += static_cast<char>(text.size() & 0xFF);
  file += static_cast<char>(text.size() >> 8);
  return file + text;
}

/// The code points of a text; what is no UTF-8 becomes U+FFFD.
std::u32string code_points(std::string_view text) {
  std::u32string points;
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i++]);
    const int more = first < 0x80    ? 0
                     : first >= 0xF0 ? 3
                     : first >= 0xE0 ? 2
                     : first >= 0xC0 ? 1
                                     : -1;
    char32_t point = more <= 0 ? first : first & (0x3F >> more);
    int left = more;
    while (left > 0 && i < text.size() && (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) {
      point = point << 6 | (static_cast<unsigned char>(text[i++]) & 0x3F);
      --left;
    }
    points += left == 0 && point <= 0x10FFFF ? point : U'\uFFFD';
  }
  return points;
}

}  // namespace npy_format

void check_npy_size(const NpyHeader& header, const std::string& name, std::size_t bytes) {
  npy_format::check_size(header, name, bytes);
}

Tensor parse_npy(std::span<const std::byte> file, const std::string& name) {
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(file.data()), file.size());
  const NpyHeader header = parse_npy_head(bytes, name);
  npy_format::check_size(header, name, file.size());
  const std::span elements = bytes.subspan(static_cast<std::size_t>(header.offset));
  const int rank = header.shape.rank();
  if (!header.fortran_order || rank < 2) {
    Tensor array = make_tensor(header.shape);
    header.type->convert(elements, array.data());
    return array;
  }
  // The first axis runs fastest: the array of the reversed shape, transposed.
  std::vector<std::size_t> reversed(header.shape.begin(), header.shape.end());
  std::ranges::reverse(reversed);
  Tensor array = Tensor::from_shape(reversed);
  header.type->convert(elements, array.data());
  return Tensor(xt::transpose(array));
}

std::string npy_head(const Shape& shape) {
  return npy_format::head("<f4", shape);
}

std::string npy_bytes(ConstView array) {
  std::string file = npy_head(array.shape);
  file.reserve(file.size() + static_cast<std::size_t>(array.size()) * sizeof(float));
  for (const Real value : array.flat()) {
    const auto number = static_cast<float>(value);
    file.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  return file;
}

std::string npy_bytes(const std::vector<std::string>& texts) {
  std::vector<std::u32string> rows;
  std::size_t longest = 1;
  for (const std::string& text : texts) {
    rows.push_back(npy_format::code_points(text));
    longest = std::max(longest, rows.back().size());
  }
  std::string file =
      npy_format::head(fmt::format("<U{}", longest), {static_cast<Index>(texts.size())});
  for (std::u32string& row : rows) {
    row.resize(longest);
    file.append(reinterpret_cast<const char*>(row.data()), longest * sizeof(char32_t));
  }
  return file;
}

}  // namespace adjoint
