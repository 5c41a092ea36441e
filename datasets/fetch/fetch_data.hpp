#pragma once

// Downloads published data sets.

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "datasets/fetch/download.hpp"
#include "datasets/fetch/published_data.hpp"

namespace adjoint {

struct FetchRequest {
  const PublishedData& data;
  std::filesystem::path folder;
  std::string from = {};  // a server instead of the publisher's: http://host/folder
  DownloadPatience patience = {};
};

/// Bytes of the whole data set, with those that were there before.
struct FetchProgress {
  const PublishedFile& file;  // the one under way
  std::uintmax_t done = 0;
  std::uintmax_t total = 0;
};

struct FetchWatch {
  const std::atomic<bool>* stop = nullptr;  // ends it as soon as it is true
  std::function<void(const FetchProgress&)> progress = {};
  std::function<void(const std::string& line)> message = {};
};

struct FetchedFile {
  std::filesystem::path path;
  std::uintmax_t bytes = 0;
  std::string sha256;
  bool was_there = false;
};
struct FetchResult {
  std::vector<FetchedFile> files;  // with which the data are read: of an archive, its members
  std::uintmax_t downloaded = 0;   // bytes
  bool stopped = false;            // the same request goes on later
};

/// Downloads the files of a data set that are not yet in the folder, compares their SHA-256, and
/// unpacks the members of an archive; SHA256SUMS, as sha256sum writes it, then has their sums.
///
/// Throws InputError if `from` is no address, or if the folder holds another file under the name of
/// one of them: no file is replaced. Throws RunError if the disk has no room for them or no server
/// gives them; what arrived is kept, and the same request goes on from there. An embedding program
/// ignores SIGPIPE: an HTTPS connection that breaks may raise it.
FetchResult fetch_data(const FetchRequest& request, const FetchWatch& watch = {});

}  // namespace adjoint
