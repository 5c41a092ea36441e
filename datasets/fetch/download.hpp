#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "datasets/fetch/http_client.hpp"
#include "datasets/fetch/published_data.hpp"

namespace adjoint {

/// How often a download tries again, and how long it waits, when a connection is bad.
struct DownloadPatience {
  int tries = 4;              // from one server; counted anew where one brings something
  double wait_seconds = 1;    // before the second try; twice as long before each further one
  double stall_seconds = 30;  // without a byte, after which a connection counts as cut
};

struct DownloadWatch {
  const std::atomic<bool>* stop = nullptr;                    // ends it as soon as it is true
  std::function<void(std::uintmax_t bytes)> progress = {};    // bytes of the file that are there
  std::function<void(const std::string& line)> message = {};  // what goes wrong and is repaired
};

/// Downloads a file of known size and SHA-256 to a folder, from the first of the servers that gives
/// it. It grows as NAME.part, from where an earlier download ended, and is moved to its place when
/// its sum is right. A wrong sum removes what was downloaded.
///
/// True if the file is there, false if it was stopped: the part is kept. Throws RunError, with the
/// reason of each server, if none gives the file, or if the disk is full: the part is kept, too.
bool download(HttpClient& client, const std::vector<std::string>& servers,
              const PublishedFile& file, const std::filesystem::path& folder,
              const DownloadPatience& patience, const DownloadWatch& watch);

}  // namespace adjoint
