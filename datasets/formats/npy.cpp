#include "datasets/formats/npy.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

#include "datasets/folder.hpp"
#include "datasets/formats/file_bytes.hpp"
#include "framework/storage/atomic_file.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

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

/// Every element type that is read.
constexpr NpyType kTypes[] = {
    {"<f4", 4, 32, convert<float>},       {"<f8", 8, 32, convert<double>},
    {"|u1", 1, 8, convert<std::uint8_t>}, {"<u2", 2, 16, convert<std::uint16_t>},
    {"<i4", 4, 0, convert<std::int32_t>}, {"<i8", 8, 0, convert<std::int64_t>},
    {"|b1", 1, 0, convert<std::uint8_t>},
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

/// Reads the head from the beginning of a file. The longest head: far more than numpy ever writes
/// for what is read here.
NpyHeader parse_head(const std::string& name) {
  const Bytes head = read_bytes(name, 4096);
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
                     head.size() < 4096 ? "truncated" : "damaged", prefix + length, head.size());
  }
  const std::string_view text(reinterpret_cast<const char*>(head.data()) + prefix, length);
  Fields fields;
  if (!HeaderParser(text).parse(fields)) {
    throw InputError(
        "'{}': cannot understand its head; expected type, order and shape (up to {} axes), got "
        "\"{}\"",
        name, Shape::kMaxRank, text.substr(0, text.find_last_not_of(" \n") + 1));
  }
  const NpyType* type = find_type(fields.type);
  if (!type) {
    throw InputError(
        "'{}' holds elements of type '{}'; expected one of {}: convert it with numpy's astype",
        name, fields.type, type_names());
  }
  if (fields.fortran_order) {
    throw InputError("'{}' is in Fortran order; save it with numpy.ascontiguousarray", name);
  }
  return {.type = type, .shape = fields.shape, .offset = static_cast<Index>(prefix + length)};
}

}  // namespace

NpyFile::NpyFile(const fs::path& path) : path_(path), header_(parse_head(path.string())) {
  Index expected = 0;
  try {
    expected = header_.shape.size() * header_.type->bytes;
  } catch (const InputError& error) {
    throw InputError("'{}' is damaged: {}", path.string(), error.what());
  }
  const Index got = static_cast<Index>(size_of_file(path)) - header_.offset;
  if (got != expected) {
    throw InputError("'{}' is {}: {} elements of type {} take {} bytes, got {}", path.string(),
                     got < expected ? "truncated" : "damaged", to_string(header_.shape),
                     header_.type->name, expected, got);
  }
  file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file_ < 0) throw InputError("cannot read '{}': {}", path.string(), std::strerror(errno));
}

NpyFile::~NpyFile() {
  ::close(file_);
}

Levels NpyFile::levels(double white) const {
  const int bits = header_.type->level_bits;
  if (bits != 0) return {.bits = bits, .white = white_level(bits, white)};
  if (white > 0) return {.bits = 32, .white = white};
  throw InputError(
      "'{}' holds elements of type '{}'; images are '<f4', '<f8' (in [0, 1]), '|u1' or '<u2': "
      "convert it with numpy's astype, or say which number is white (data.white, --white)",
      path_.string(), header_.type->name);
}

void NpyFile::read(Index first, View to) const {
  // In pieces through a small buffer, so that no read allocates.
  std::uint8_t buffer[1 << 14];
  const Index at_once = static_cast<Index>(sizeof buffer) / header_.type->bytes;
  for (Index done = 0; done < to.size();) {
    const Index count = std::min(at_once, to.size() - done);
    const auto bytes = static_cast<std::size_t>(count * header_.type->bytes);
    const Index position = header_.offset + (first + done) * header_.type->bytes;
    if (::pread(file_, buffer, bytes, position) != static_cast<ssize_t>(bytes)) {
      throw InputError("cannot read '{}': it became shorter, or: {}", path_.string(),
                       std::strerror(errno));
    }
    header_.type->convert({buffer, bytes}, to.data + done);
    done += count;
  }
}

Tensor read_npy(const fs::path& path) {
  const NpyFile file(path);
  Tensor array = make_tensor(file.header().shape);
  file.read(0, view(array));
  return array;
}

void write_npy(const fs::path& path, ConstView array) {
  // A Python tuple: of one number with a comma.
  std::string shape = fmt::format("{}", fmt::join(array.shape, ", "));
  if (array.shape.rank() == 1) shape += ',';
  std::string head =
      fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}), }}", shape);
  // Spaces bring the elements to a multiple of 64 bytes, as the format asks.
  constexpr std::size_t kPrefix = 10;
  head.append(63 - (kPrefix + head.size()) % 64, ' ');
  head += '\n';
  std::string file{"\x93NUMPY\x01\x00", 8};
  file += static_cast<char>(head.size() & 0xFF);
  file += static_cast<char>(head.size() >> 8);
  file += head;
  static_assert(std::is_same_v<Real, float>);
  write_atomically(path.string(), {std::as_bytes(std::span(file)), std::as_bytes(array.flat())});
}

}  // namespace adjoint
