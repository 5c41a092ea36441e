#pragma once

#include <fmt/format.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace adjoint {

/// A member of an archive as GNU tar writes it: '0' a file, '5' a folder, '2' a link.
struct TarMember {
  std::string name;
  std::string bytes = {};
  char type = '0';
};

inline std::string tar_bytes(const std::vector<TarMember>& members) {
  std::string tar;
  for (const TarMember& member : members) {
    std::string head(512, '\0');
    const auto put = [&](std::size_t at, const std::string& text) {
      head.replace(at, text.size(), text);
    };
    put(0, member.name);
    put(100, "0000644");
    put(108, "0001750");
    put(116, "0001750");
    put(124, fmt::format("{:011o}", member.bytes.size()));
    put(136, "10000000000");
    put(148, "        ");
    head[156] = member.type;
    put(257, "ustar  ");
    unsigned sum = 0;
    for (const char c : head) sum += static_cast<unsigned char>(c);
    put(148, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
    tar += head + member.bytes + std::string((512 - member.bytes.size() % 512) % 512, '\0');
  }
  return tar + std::string(1024, '\0');
}

inline std::string gzip_bytes(const std::string& bytes, const std::filesystem::path& scratch) {
  gzFile file = gzopen(scratch.c_str(), "wb");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
  std::ifstream in(scratch, std::ios::binary);
  std::string packed{std::istreambuf_iterator<char>(in), {}};
  std::filesystem::remove(scratch);
  return packed;
}

}  // namespace adjoint
