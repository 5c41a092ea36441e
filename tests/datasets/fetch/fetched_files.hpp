#pragma once

#include <fstream>
#include <iterator>
#include <string>

#include "datasets/fetch/fetch_data.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/temp_folder.hpp"

namespace adjoint {

/// Bytes that differ from place to place.
inline std::string published_bytes(std::size_t size, unsigned seed = 1) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) {
    seed = seed * 1664525U + 1013904223U;
    byte = static_cast<char>(seed >> 24);
  }
  return bytes;
}

inline std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Their sums are those that Python computed of the same bytes: published_bytes(300000), (1000, 2).
inline const PublishedFile kLarge{
    "large.bin", 300000, "cbbf1aa1724d6a078f109e131e053eaae7eb669f6ef00b1ad46004a6118d965d"};
inline const PublishedFile kSmall{
    "small.bin", 1000, "2058f9415c47dadf22f4c477900aafeac4a2bb438ccf6a20c4ece1f9077d3da3"};

/// Does not wait between tries.
inline DownloadPatience impatient() {
  return {.tries = 4, .wait_seconds = 0, .stall_seconds = 0.5};
}

}  // namespace adjoint
