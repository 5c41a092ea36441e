#pragma once

// Data sets that `adjoint data fetch` downloads. To add one, write its row in published_data.cpp.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace adjoint {

struct PublishedFile {
  std::string name;  // in the folder of the data, and at the end of its address
  std::uintmax_t bytes = 0;
  std::string sha256 = {};  // in small hexadecimal digits; empty for a member of an archive
};

struct PublishedData {
  std::string name;                  // as a command line gives it
  std::string doc;                   // one sentence, without its capital and its period
  std::string licence;               // the same
  std::string homepage;              // address of the publisher's page
  std::string folder;                // as the shipped configs name it
  std::string config;                // a shipped config that trains on it
  std::vector<std::string> servers;  // tried in this order; a file is at server + name
  std::vector<PublishedFile> files;
  /// Files that are unpacked from the only one of `files`, a .tar.gz, which is then removed.
  std::vector<PublishedFile> members = {};

  /// Bytes of all files.
  std::uintmax_t bytes() const;
};

/// All rows, in the order of the table.
const std::vector<PublishedData>& published_data();
std::vector<std::string> published_names();
/// Null if no row has that name.
const PublishedData* find_published(std::string_view name);

}  // namespace adjoint
