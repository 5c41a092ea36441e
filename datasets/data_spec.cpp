#include "datasets/data_spec.hpp"

#include <algorithm>

#include "datasets/sources/concatenation.hpp"
#include "framework/settings/fraction.hpp"

namespace adjoint {
namespace {

const Check<double> kWhite{[](const double& value) { return value >= 0 && value <= 1e9; },
                           "at least 0"};
const Check<Index> kCacheSize{[](const Index& value) { return value >= 0 && value <= 1 << 24; },
                              "at least 0"};

}  // namespace

void SourceSpec::keys(Keys& key) {
  key.required("source", source, "where the images come from", one_of(data_source_names()));
  const DataSource* kind = find_data_source(source);
  if (!kind) return;  // the missing key will be reported
  if (settings.type() != kind->settings().type()) settings = kind->settings();
  if (kind->stored)
    key.required("path", path, "file or folder, beside the config or in $ADJOINT_DATA");
  kind->keys(settings, key);
  if (kind->labelled) {
    key("classes", classes, "use the images of these labels alone; none named: all");
  }
  if (kind->levels) {
    key("white", white,
        "the stored number that means 1, such as 4095 in 12-bit data; 0: as the file says, or the "
        "largest of its integers",
        kWhite);
  }
  key("limit", limit, "use the first so many images, 0 for all", at_least<Index>(0));
}

double SourceSpec::white_level() const {
  const auto* several = std::any_cast<PartsSource>(&settings);
  if (white > 0 || !several || several->parts.empty()) return white;
  const double first = several->parts[0].white_level();
  const bool agree = std::ranges::all_of(
      several->parts, [&](const SourceSpec& part) { return part.white_level() == first; });
  return agree ? first : 0;
}

void DataSpec::keys(Keys& key) {
  SourceSpec::keys(key);
  const DataSource* kind = find_data_source(source);
  if (!kind) return;
  if (kind->cached) {
    key("cache_mb", cache_mb,
        "megabytes of unpacked images that are kept, the ones used last; 0: none", kCacheSize);
  }
  if (kind->stored) {
    key("validation_path", validation_path, "file or folder of the validation images");
  }
  if (!validation_path) {
    key("validation", validation, "fraction of the images held out for validation", below_one());
  }
  key.table("normalization", normalization, "numbers in which the model sees images");
}

}  // namespace adjoint
