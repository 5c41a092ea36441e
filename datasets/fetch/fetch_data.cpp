#include "datasets/fetch/fetch_data.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <set>

#include "datasets/fetch/bytes_text.hpp"
#include "datasets/fetch/part_file.hpp"
#include "datasets/fetch/sha256.hpp"
#include "datasets/fetch/tar_members.hpp"
#include "framework/storage/atomic_file.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;
using Sums = std::map<std::string, std::string>;  // of files, by name

constexpr const char* kSums = "SHA256SUMS";

std::vector<std::string> servers_of(const FetchRequest& request) {
  if (request.from.empty()) return request.data.servers;
  if (!request.from.starts_with("http://") && !request.from.starts_with("https://")) {
    throw InputError(
        "--from {}: expected the address of a folder on a server that holds {}, such as "
        "https://example.org/data",
        request.from, request.data.files[0].name);
  }
  return {request.from + (request.from.ends_with('/') ? "" : "/")};
}

/// SHA-256 of a file that is there under the name of one that is to be fetched; empty if none is.
/// Throws InputError if it is another file.
std::string sum_if_there(const fs::path& path, std::uintmax_t bytes, const std::string& expected) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) return "";
  const std::uintmax_t size = fs::file_size(path, error);  // an error for what is no file
  std::string got = fmt::format("{} bytes", size);
  if (!error && size == bytes) {
    std::string sum = sha256_of_file(path);
    if (expected.empty() || sum == expected) return sum;
    got = "SHA-256 " + sum;
  }
  throw InputError(
      "'{}' is there and is not the publisher's file: expected {}, got {}; move it away, or choose "
      "another folder with -o",
      path.string(), size == bytes ? "SHA-256 " + expected : fmt::format("{} bytes", bytes),
      error ? "no file" : got);
}

void check_space(const fs::path& folder, const std::string& name, std::uintmax_t needed) {
  std::error_code error;
  const fs::space_info space = fs::space(folder, error);
  if (error || space.available >= needed) return;
  throw RunError(
      "{} needs {} more in '{}', and {} are free on its disk; make room or choose another folder "
      "with -o",
      name, bytes_text(needed), folder.string(), bytes_text(space.available));
}

/// The first line of the list of unpacked files: what they were unpacked from.
std::string origin_line(const PublishedFile& archive) {
  return fmt::format("# unpacked from {}, SHA-256 {}", archive.name, archive.sha256);
}

/// Sums of the files that were unpacked from this archive earlier; empty if none were.
Sums unpacked_sums(const fs::path& folder, const PublishedFile& archive) {
  std::ifstream file(folder / kSums);
  std::string line;
  if (!std::getline(file, line) || line != origin_line(archive)) return {};
  Sums sums;
  for (std::string sum, name; file >> sum >> name;) sums[name] = sum;
  return sums;
}

class Fetch {
 public:
  Fetch(const FetchRequest& request, const FetchWatch& watch)
      : request_(request),
        data_(request.data),
        watch_(watch),
        servers_(servers_of(request)),
        total_(data_.bytes()) {}

  FetchResult run() {
    make_folder(request_.folder);
    if (!data_.members.empty() && members_are_there()) return std::move(result_);
    std::vector<FetchedFile> files;
    std::uintmax_t needed = 0;
    for (const PublishedFile& file : data_.files) {
      const fs::path path = request_.folder / file.name;
      const bool there = !sum_if_there(path, file.bytes, file.sha256).empty();
      files.push_back({path, file.bytes, file.sha256, there});
      if (!there) needed += file.bytes - std::min(PartFile::left_for(path), file.bytes);
    }
    for (const PublishedFile& member : data_.members) needed += member.bytes;
    check_space(request_.folder, data_.name, needed);
    for (std::size_t i = 0; i < files.size(); ++i) {
      if (!files[i].was_there && !fetch(data_.files[i])) {
        result_.stopped = true;
        return std::move(result_);
      }
      done_ += files[i].bytes;
    }
    if (data_.members.empty())
      result_.files = std::move(files);
    else
      unpack(files[0]);
    return std::move(result_);
  }

 private:
  bool fetch(const PublishedFile& file) {
    if (!client_) client_ = std::make_unique<HttpClient>();
    std::uintmax_t before = PartFile::left_for(request_.folder / file.name);
    const DownloadWatch watch{.stop = watch_.stop,
                              .progress =
                                  [&](std::uintmax_t bytes) {
                                    // Less than before where it begins anew.
                                    if (bytes > before) result_.downloaded += bytes - before;
                                    before = bytes;
                                    if (watch_.progress)
                                      watch_.progress({file, done_ + bytes, total_});
                                  },
                              .message = watch_.message};
    return download(*client_, servers_, file, request_.folder, request_.patience, watch);
  }

  /// Whether an earlier request unpacked the archive here.
  bool members_are_there() {
    const Sums sums = unpacked_sums(request_.folder, data_.files[0]);
    bool all = true;
    for (const PublishedFile& member : data_.members) {
      const fs::path path = request_.folder / member.name;
      const auto known = sums.find(member.name);
      const std::string sum =
          sum_if_there(path, member.bytes, known == sums.end() ? "" : known->second);
      all = all && !sum.empty() && known != sums.end();
      result_.files.push_back({path, member.bytes, sum, true});
    }
    if (!all) result_.files.clear();
    return all;
  }

  void unpack(const FetchedFile& archive) {
    const PublishedFile& published = data_.files[0];
    std::set<std::string> missing;
    for (const PublishedFile& member : data_.members) missing.insert(member.name);
    std::string list = origin_line(published) + '\n';
    std::unique_ptr<PartFile> part;
    std::unique_ptr<Sha256> sum;
    const PublishedFile* member = nullptr;
    const auto wanted = [&](const std::string& name, std::uintmax_t bytes) {
      const auto found = std::ranges::find(data_.members, name, &PublishedFile::name);
      if (found == data_.members.end() || bytes != found->bytes || !missing.contains(name))
        return false;
      member = &*found;
      part = std::make_unique<PartFile>(request_.folder / name);
      part->clear();
      sum = std::make_unique<Sha256>();
      return true;
    };
    const auto take = [&](std::span<const std::byte> piece) {
      sum->add(piece);
      part->append(piece);
      if (!piece.empty()) return;
      const fs::path path = request_.folder / member->name;
      const std::string digits = sum->digits();
      const bool there = !sum_if_there(path, member->bytes, digits).empty();
      there ? part->discard() : part->finish();
      result_.files.push_back({path, member->bytes, digits, there});
      list += fmt::format("{}  {}\n", digits, member->name);
      missing.erase(member->name);
    };
    if (watch_.message) watch_.message(fmt::format("unpacking {}", published.name));
    read_tar_members(archive.path, wanted, take);
    if (!missing.empty()) {
      throw RunError("'{}' lacks {}, or holds it in another size", archive.path.string(),
                     fmt::join(missing, ", "));
    }
    write_text_file(request_.folder / kSums, list);
    std::error_code ignored;  // an archive that stays is no harm
    if (!archive.was_there) fs::remove(archive.path, ignored);
  }

  const FetchRequest& request_;
  const PublishedData& data_;
  const FetchWatch& watch_;
  std::vector<std::string> servers_;
  std::uintmax_t total_ = 0, done_ = 0;
  std::unique_ptr<HttpClient> client_;  // once something is to be downloaded
  FetchResult result_;
};

}  // namespace

FetchResult fetch_data(const FetchRequest& request, const FetchWatch& watch) {
  return Fetch(request, watch).run();
}

}  // namespace adjoint
