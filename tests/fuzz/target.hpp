#pragma once

// The code that the fuzz targets share. A target defines
//
//     void adjoint::try_bytes(std::span<const std::uint8_t> bytes)
//
// which reads them as a user's file. It may throw InputError; whatever else it throws, and whatever
// the sanitizers see, is a finding.

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <span>
#include <stdexcept>
#include <string>

#include "framework/tensor/error.hpp"

namespace adjoint {

void try_bytes(std::span<const std::uint8_t> bytes);

/// A file for readers that take a path. (Not one of memfd_create: HDF5 looks for a real name.)
class TemporaryFile {
 public:
  explicit TemporaryFile(std::span<const std::uint8_t> bytes) {
    const int file = ::mkstemp(path_.data());
    const bool written = file >= 0 && ::write(file, bytes.data(), bytes.size()) ==
                                          static_cast<ssize_t>(bytes.size());
    ::close(file);
    if (!written) throw std::runtime_error("cannot write " + path_);
  }
  ~TemporaryFile() { ::unlink(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/dev/shm/fuzz-XXXXXX";  // in memory, on every Linux
};

/// Numbers of the largest array that a target reads, so that time is not spent on large ones.
inline constexpr std::int64_t kLargest = 1 << 22;

}  // namespace adjoint

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    adjoint::try_bytes({data, size});
  } catch (const adjoint::InputError&) {
  }
  return 0;
}
