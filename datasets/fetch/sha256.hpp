#pragma once

// SHA-256 of files. Only sha256.cpp names OpenSSL.

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace adjoint {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void add(std::span<const std::byte> bytes);
  /// 64 small hexadecimal digits. Nothing may be added afterwards.
  std::string digits();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Computes the SHA-256 of a whole file. Throws InputError if it cannot be read.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace adjoint
