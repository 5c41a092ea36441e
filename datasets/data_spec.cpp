#include "datasets/data_spec.hpp"

#include <algorithm>

#include "datasets/sources/concatenation.hpp"

namespace adjoint {
namespace {

const Check<double> kWhite{[](const double& value) { return value >= 0 && value <= 1e9; },
                           "at least 0"};
const Check<Index> kCacheSize{[](const Index& value) { return value >= 0 && value <= 1 << 24; },
                              "at least 0"};

}  // namespace

void SourceSpec::keys(Keys& key) {
  source.name_key(key, "source", "kind of data source", /*required=*/true);
  if (!source) return;  // the missing key will be reported
  const SourceFamily::Traits& has = source.kind().traits;
  if (has.stored)
    key.required("path", path, "file or folder, beside the config or in $ADJOINT_DATA");
  source.setting_keys(key);
  if (has.labelled) key("classes", classes, "labels of the images to use; empty: all");
  if (has.levels) {
    key("white", white,
        "stored value that means white, such as 4095 in 12-bit data; 0: as the file says, or the "
        "largest value of its integer type",
        kWhite);
  }
  key("limit", limit, "number of images to use, from the first; 0: all", at_least<Index>(0));
}

double SourceSpec::white_level() const {
  const auto* several = source.as<PartsSource>();
  if (white > 0 || !several || several->parts.empty()) return white;
  const double first = several->parts[0].white_level();
  const bool agree = std::ranges::all_of(
      several->parts, [&](const SourceSpec& part) { return part.white_level() == first; });
  return agree ? first : 0;
}

void DataSpec::keys(Keys& key) {
  SourceSpec::keys(key);
  if (!source) return;
  const SourceFamily::Traits& has = source.kind().traits;
  if (has.cached) {
    key("cache_mb", cache_mb, "size of the cache of decoded images, in megabytes; 0: no cache",
        kCacheSize);
  }
  if (has.stored)
    key("validation_path", validation_path, "file or folder of the validation images");
  if (!validation_path) {
    key("validation", validation, "fraction of the images held out for validation", below_one());
  }
  key.table("normalization", normalization,
            "how pixel values are normalized before they reach the model");
}

}  // namespace adjoint
