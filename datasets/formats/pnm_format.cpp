#include "datasets/formats/pnm_format.hpp"

#include <algorithm>
#include <cmath>

#include "framework/tensor/error.hpp"

namespace adjoint::pnm {
namespace {

bool is_space(std::uint8_t c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/// Reads numbers between white space and comments.
class Scanner {
 public:
  explicit Scanner(std::span<const std::uint8_t> file) : file_(file) {}

  /// The next number; nothing if the bytes end before it does.
  std::optional<Index> number() {
    while (position_ < file_.size() && (is_space(file_[position_]) || file_[position_] == '#')) {
      if (file_[position_] == '#') {
        while (position_ < file_.size() && file_[position_] != '\n') ++position_;
      } else {
        ++position_;
      }
    }
    Index value = 0;
    const std::size_t start = position_;
    for (; position_ < file_.size() && file_[position_] >= '0' && file_[position_] <= '9';
         ++position_) {
      value = std::min<Index>(10 * value + (file_[position_] - '0'), Index{1} << 40);
    }
    if (position_ == file_.size() && !ends_here_) return std::nullopt;
    if (position_ == start) {
      if (position_ == file_.size()) return std::nullopt;
      throw InputError("damaged: expected a number, got the byte {}", file_[position_]);
    }
    return value;
  }
  /// From now on the end of the bytes ends a number, too.
  void file_ends() { ends_here_ = true; }
  std::size_t position() const { return position_; }
  void skip(std::size_t bytes) { position_ += bytes; }

 private:
  std::span<const std::uint8_t> file_;
  std::size_t position_ = 2;  // behind "P5"
  bool ends_here_ = false;
};

struct Head {
  ImageInfo image;
  Index white = 0;  // the largest number, which means 1
  bool text = false;
};

std::optional<Head> read_head(std::span<const std::uint8_t> file, Scanner& scanner) {
  const auto width = scanner.number();
  const auto height = width ? scanner.number() : std::nullopt;
  const auto white = height ? scanner.number() : std::nullopt;
  if (!white) return std::nullopt;
  if (*width < 1 || *height < 1 || *white < 1 || *white > 65535) {
    throw InputError("damaged: its head announces {}x{} pixels of 0 to {}", *height, *width,
                     *white);
  }
  scanner.skip(1);  // one white space before the pixels
  return Head{
      .image = {.height = *height,
                .width = *width,
                .channels = file[1] == '3' || file[1] == '6' ? 3 : 1,
                .bits = *white > 255 ? 16 : 8,
                .white = *white == 255 || *white == 65535 ? 0 : static_cast<double>(*white)},
      .white = *white,
      .text = file[1] < '5'};
}

}  // namespace

bool recognizes(std::span<const std::uint8_t> head) {
  return head.size() >= 3 && head[0] == 'P' &&
         (head[1] == '2' || head[1] == '3' || head[1] == '5' || head[1] == '6') &&
         (is_space(head[2]) || head[2] == '#');
}

std::optional<ImageInfo> info(std::span<const std::uint8_t> head) {
  Scanner scanner(head);
  const std::optional<Head> read = read_head(head, scanner);
  return read ? std::optional(read->image) : std::nullopt;
}

void decode(std::span<const std::uint8_t> file, double white, View pixels) {
  Scanner scanner(file);
  const Head head = *read_head(file, scanner);
  const Index bytes = head.image.bits / 8;
  const auto left = static_cast<Index>(file.size() - std::min(scanner.position(), file.size()));
  if (!head.text && left < pixels.size() * bytes) {
    throw InputError("truncated: expected {} bytes of pixels, got {}", pixels.size() * bytes, left);
  }
  scanner.file_ends();
  const std::uint8_t* raster = file.data() + scanner.position();
  for (Index i = 0; i < pixels.size(); ++i) {
    Index level = 0;
    if (head.text) {
      const std::optional<Index> number = scanner.number();
      if (!number) throw InputError("truncated: expected {} numbers, got {}", pixels.size(), i);
      level = *number;
    } else {
      level = bytes == 1 ? raster[i] : raster[2 * i] << 8 | raster[2 * i + 1];
    }
    if (level > head.white)
      throw InputError("damaged: it holds {}, more than the {} of white", level, head.white);
    pixels[i] = static_cast<Real>(level) / static_cast<Real>(white);
  }
}

Bytes encode(ConstView pixels, const WriteOptions& options) {
  const double white = std::max(std::round(options.top()), 1.0);
  const std::string head = fmt::format("P{}\n{} {}\n{}\n", pixels.shape[2] == 1 ? 5 : 6,
                                       pixels.shape[1], pixels.shape[0], white);
  const bool wide = white > 255;
  Bytes file(head.begin(), head.end());
  for (Index i = 0; i < pixels.size(); ++i) {
    const std::uint16_t level = level_of(pixels[i], white);
    if (wide) file.push_back(static_cast<std::uint8_t>(level >> 8));
    file.push_back(static_cast<std::uint8_t>(level));
  }
  return file;
}

}  // namespace adjoint::pnm
