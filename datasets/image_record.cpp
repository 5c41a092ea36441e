#include "datasets/image_record.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

namespace adjoint {
namespace {

namespace fs = std::filesystem;

std::string absolute(const std::string& name) {
  return fs::absolute(name).lexically_normal().string();
}

std::vector<std::string> absolute_names(const DatasetPtr& images) {
  std::vector<std::string> names;
  if (!images) return names;
  for (Index i = 0; i < images->size(); i += images->group()) {
    const std::string name = images->image_name(i);
    if (!name.empty()) names.push_back(absolute(name));
  }
  return names;
}

/// `folder` or the nearest above it in which all of them lie; both end with a slash.
std::string common_folder(std::string folder, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    while (!name.starts_with(folder)) folder.resize(folder.rfind('/', folder.size() - 2) + 1);
  }
  return folder;
}

}  // namespace

ImageRecord image_record(const Split& split) {
  ImageRecord record{.trained_on = absolute_names(split.train),
                     .held_out = absolute_names(split.validation)};
  if (record.trained_on.empty() && record.held_out.empty()) return {};
  const std::string& any =
      record.trained_on.empty() ? record.held_out.front() : record.trained_on.front();
  record.folder = any.substr(0, any.rfind('/') + 1);
  for (std::vector<std::string>* names : {&record.trained_on, &record.held_out})
    record.folder = common_folder(record.folder, *names);
  for (std::vector<std::string>* names : {&record.trained_on, &record.held_out}) {
    for (std::string& name : *names) name.erase(0, record.folder.size());
  }
  return record;
}

std::string recorded_name(const std::string& image_name, const std::string& folder) {
  const std::string name = absolute(image_name);
  return name.starts_with(folder) ? name.substr(folder.size()) : name;
}

ImageRecord joined(const ImageRecord& before, ImageRecord now) {
  std::set<std::string> trained(now.trained_on.begin(), now.trained_on.end());
  for (const std::string& name : before.trained_on) {
    if (trained.insert(name).second) now.trained_on.push_back(name);
  }
  std::erase_if(now.held_out, [&](const std::string& name) { return trained.contains(name); });
  return now;
}

}  // namespace adjoint
