#include "datasets/data_files.hpp"

#include "datasets/formats/array_place.hpp"
#include "datasets/sources/concatenation.hpp"
#include "datasets/sources/pairs_dataset.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

class Finder {
 public:
  explicit Finder(const std::filesystem::path& base) : base_(base) {}

  void add(const std::string& path) {
    if (path.empty()) return;
    try {
      found_.push_back(find_data(ArrayPlace::parse(path).file.string(), base_).string());
    } catch (const InputError&) {
      // Opening it reports what is missing.
    }
  }
  void add(const SourceSpec& source) {
    add(source.path);
    if (const auto* pairs = source.source.as<PairsSource>()) {
      add(pairs->noisy_path);
      add(pairs->validation_noisy_path.value_or(""));
    }
    if (const auto* parts = source.source.as<PartsSource>()) {
      for (const SourceSpec& part : parts->parts) add(part);
    }
  }
  std::vector<std::string> found() const { return found_; }

 private:
  std::filesystem::path base_;
  std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> data_files(const DataSpec& data, const std::filesystem::path& base) {
  Finder finder(base);
  finder.add(data);
  finder.add(data.validation_path.value_or(""));
  return finder.found();
}

}  // namespace adjoint
