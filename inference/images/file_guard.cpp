#include "inference/images/file_guard.hpp"

#include <fmt/ranges.h>
#include <sys/stat.h>

#include <map>
#include <optional>
#include <set>

#include "datasets/formats/image_file.hpp"
#include "framework/settings/name_list.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

using Identity = std::pair<dev_t, ino_t>;

/// Identity of the file that a path leads to; nothing if there is none (yet), or no plain one.
std::optional<Identity> identity_of(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return Identity{status.st_dev, status.st_ino};
}

/// The data files in a folder and, where `deep`, in its folders.
void add_data_files(const fs::path& folder, bool deep, std::vector<fs::path>& files) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code unknown;
    const std::string ending = entry->path().extension().string();
    if (entry->is_directory(unknown)) {
      if (deep) add_data_files(entry->path(), false, files);
    } else if (has_image_extension(entry->path()) || ending == ".bin" || ending == ".gz" ||
               entry->path().string().ends_with("-ubyte")) {
      files.push_back(entry->path());
    }
  }
}

}  // namespace

void FileGuard::reads(const fs::path& path) {
  std::error_code error;
  if (fs::is_directory(path, error))
    add_data_files(path, true, inputs_);
  else
    inputs_.push_back(path);
}

void FileGuard::reads(const std::vector<fs::path>& files) {
  for (const fs::path& file : files) reads(file);
}

void FileGuard::reads(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) reads(fs::path(path));
}

void FileGuard::writes(const std::vector<fs::path>& files) {
  outputs_.insert(outputs_.end(), files.begin(), files.end());
}

void FileGuard::check() const {
  std::map<Identity, const fs::path*> inputs, outputs;
  for (const fs::path& input : inputs_) {
    if (const std::optional<Identity> identity = identity_of(input))
      inputs.emplace(*identity, &input);
  }
  std::vector<std::string> replaced, twice;
  std::set<fs::path> names;
  std::map<fs::path, fs::path> folders;  // by the names that they were given
  for (const fs::path& output : outputs_) {
    std::error_code error;
    const fs::file_status status = fs::status(output, error);
    const std::optional<Identity> identity = identity_of(output);
    if (fs::exists(status) && !identity) continue;
    const auto same = identity ? inputs.find(*identity) : inputs.end();
    if (same != inputs.end()) {
      const std::string name = output.string(), input = same->second->string();
      replaced.push_back(name == input ? name : fmt::format("{} (the input {})", name, input));
    }
    fs::path& folder = folders[output.parent_path()];
    if (folder.empty()) folder = fs::weakly_canonical(fs::absolute(output).parent_path(), error);
    if (!names.insert(folder / output.filename()).second ||
        (identity && !outputs.emplace(*identity, &output).second))
      twice.push_back(output.string());
  }
  if (!replaced.empty()) {
    throw InputError("an input would be replaced by what is written: {}; name another place",
                     name_list(replaced));
  }
  if (!twice.empty()) {
    throw InputError("two results would be written to one file: {}; name another place for one",
                     name_list(twice));
  }
}

}  // namespace adjoint
