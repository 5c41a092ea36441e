#include "framework/storage/zip_archive.hpp"

#include <zip.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "framework/storage/atomic_file.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

constexpr zip_uint64_t kAlwaysUnpacked = zip_uint64_t{64} << 20;  // bytes
constexpr zip_uint64_t kMostUnpacking = 100;  // a deflated stream of zeros reaches about 1,000
constexpr std::size_t kReadAtOnce = std::size_t{4} << 20;

/// The library's reason for an error code of its own.
std::string reason_of(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string reason = zip_error_strerror(&error);
  zip_error_fini(&error);
  return reason;
}

}  // namespace

struct ZipArchive::Impl {
  std::string path;
  zip_t* archive;
  std::vector<std::string> names;

  Impl(std::string path, zip_t* archive) : path(std::move(path)), archive(archive) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { zip_discard(archive); }
};

ZipArchive::ZipArchive(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ZipArchive::ZipArchive(ZipArchive&&) noexcept = default;
ZipArchive::~ZipArchive() = default;

ZipArchive ZipArchive::open(const std::string& path) {
  if (std::filesystem::is_directory(path))
    throw InputError("{} is a folder; expected a zip archive", path);
  int code = 0;
  zip_t* archive = zip_open(path.c_str(), ZIP_RDONLY, &code);
  if (!archive) {
    if (code == ZIP_ER_OPEN || code == ZIP_ER_NOENT)
      throw InputError("cannot open {}: {}", path, std::strerror(errno));
    throw InputError(
        "cannot open {}: {}; it is no zip archive, or it is damaged: take another copy", path,
        reason_of(code));
  }
  auto impl = std::make_unique<Impl>(path, archive);
  const zip_int64_t count = zip_get_num_entries(archive, 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const char* name = zip_get_name(archive, static_cast<zip_uint64_t>(i), ZIP_FL_ENC_RAW);
    impl->names.emplace_back(name ? name : "");
  }
  return ZipArchive(std::move(impl));
}

const std::string& ZipArchive::path() const {
  return impl_->path;
}

const std::vector<std::string>& ZipArchive::names() const {
  return impl_->names;
}

bool ZipArchive::contains(const std::string& name) const {
  return std::ranges::count(impl_->names, name) > 0;
}

std::vector<std::byte> ZipArchive::read(const std::string& name) const {
  const auto found = std::ranges::find(impl_->names, name);
  if (found == impl_->names.end()) throw InputError("{}: there is no '{}' in it", path(), name);
  const auto position = static_cast<zip_uint64_t>(found - impl_->names.begin());
  const auto refuse = [&](const std::string& reason) {
    return InputError("{}: cannot read '{}': {}; the file is damaged, take another copy of it",
                      path(), name, reason);
  };

  zip_stat_t stat;
  zip_stat_init(&stat);
  constexpr zip_uint64_t kNeeded = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE;
  if (zip_stat_index(impl_->archive, position, 0, &stat) != 0 || (stat.valid & kNeeded) != kNeeded)
    throw refuse("it has no size");
  if (stat.valid & ZIP_STAT_ENCRYPTION_METHOD && stat.encryption_method != ZIP_EM_NONE)
    throw InputError("{}: '{}' is encrypted; expected an archive without a password", path(), name);
  if (stat.size > kAlwaysUnpacked && stat.size / kMostUnpacking > stat.comp_size) {
    throw InputError(
        "{}: '{}' would expand from {} to {} bytes; expected at most {} times as many, as weights "
        "and texts do",
        path(), name, stat.comp_size, stat.size, kMostUnpacking);
  }
  zip_file_t* file = zip_fopen_index(impl_->archive, position, 0);
  if (!file) throw refuse(zip_strerror(impl_->archive));
  const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> closes(file, zip_fclose);

  // Grown as the bytes come: what an archive claims of itself is not believed. The library checks
  // the size and the checksum at the end.
  std::vector<std::byte> content;
  while (true) {
    const std::size_t had = content.size();
    content.resize(had + std::min<std::size_t>(kReadAtOnce, stat.size - had + 1));
    const zip_int64_t got = zip_fread(file, content.data() + had, content.size() - had);
    if (got < 0) throw refuse(zip_file_strerror(file));
    content.resize(had + static_cast<std::size_t>(got));
    if (content.size() > stat.size) throw refuse("it is longer than it claims");
    if (got == 0) break;
  }
  if (content.size() != stat.size) throw refuse("it is shorter than it claims");
  return content;
}

std::string ZipArchive::read_text(const std::string& name) const {
  const std::vector<std::byte> content = read(name);
  return {reinterpret_cast<const char*>(content.data()), content.size()};
}

bool is_zip(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, 4> beginning{};
  file.read(beginning.data(), beginning.size());
  return file && std::string_view(beginning.data(), 4) == std::string_view("PK\3\4", 4);
}

void write_zip(const std::string& path, const std::vector<ZipMember>& members) {
  zip_error_t error;
  zip_error_init(&error);
  const auto refuse = [&](const std::string& reason) {
    return RunError("cannot write {}: {}", path, reason);
  };
  // In memory first: write_atomically() sees to the disk.
  zip_source_t* image = zip_source_buffer_create(nullptr, 0, 0, &error);
  if (!image) throw refuse(zip_error_strerror(&error));
  const std::unique_ptr<zip_source_t, void (*)(zip_source_t*)> frees(image, zip_source_free);
  zip_source_keep(image);
  zip_t* archive = zip_open_from_source(image, ZIP_CREATE | ZIP_TRUNCATE, &error);
  if (!archive) {
    zip_source_free(image);
    throw refuse(zip_error_strerror(&error));
  }
  for (const ZipMember& member : members) {
    zip_source_t* source =
        zip_source_buffer(archive, member.content.data(), member.content.size(), 0);
    const zip_int64_t added =
        source ? zip_file_add(archive, member.name.c_str(), source, ZIP_FL_ENC_UTF_8) : -1;
    if (added < 0) {
      zip_source_free(source);
      const std::string reason = zip_strerror(archive);
      zip_discard(archive);
      throw refuse(reason);
    }
    const auto position = static_cast<zip_uint64_t>(added);
    zip_set_file_compression(archive, position, ZIP_CM_STORE, 0);
    zip_file_set_dostime(archive, position, 0, (1 << 5) | 1,
                         0);  // 1 January 1980, the format's first
  }
  if (zip_close(archive) != 0) {
    const std::string reason = zip_strerror(archive);
    zip_discard(archive);
    throw refuse(reason);
  }
  if (zip_source_open(image) != 0) throw refuse(zip_error_strerror(zip_source_error(image)));
  zip_source_seek(image, 0, SEEK_END);
  std::vector<std::byte> bytes(static_cast<std::size_t>(zip_source_tell(image)));
  zip_source_seek(image, 0, SEEK_SET);
  const zip_int64_t got = zip_source_read(image, bytes.data(), bytes.size());
  zip_source_close(image);
  if (got != static_cast<zip_int64_t>(bytes.size())) throw refuse("it cannot be packed");
  write_atomically(path, {bytes});
}

}  // namespace adjoint
