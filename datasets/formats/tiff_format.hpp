#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "datasets/formats/file_bytes.hpp"
#include "datasets/formats/image_file.hpp"

// The TIFF format, through libtiff, in memory. Errors name no file: read_image() does.

namespace adjoint::tiff {

bool recognizes(std::span<const std::uint8_t> head);
/// Describes one page of a whole file; nothing if there is no such page. Throws InputError.
std::optional<ImageInfo> page(std::span<const std::uint8_t> file, Index page);
/// Describes every page of a whole file. Throws InputError.
std::vector<ImageInfo> pages(std::span<const std::uint8_t> file);
/// Writes the pixels of one page, divided by `white`, and its alpha, if it is wanted. Throws
/// InputError.
void decode(std::span<const std::uint8_t> file, Index page, double white, View pixels, View alpha);
/// One page of 8 or 16 bits, or of 32-bit floats. Throws RunError.
Bytes encode(ConstView pixels, const WriteOptions& options);

/// A file of many pages, one after the other.
class Encoder {
 public:
  /// `large`: in the form for files of more than 4 GiB, BigTIFF.
  explicit Encoder(bool large = false);
  ~Encoder();
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  /// Adds a page like that of encode(). Throws RunError.
  void add(ConstView pixels, const WriteOptions& options);
  /// The file; nothing may be added any more. Throws RunError.
  Bytes finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace adjoint::tiff
