#include "datasets/data_spec.hpp"

#include "framework/config/keys.hpp"

namespace adjoint {
namespace {

const Check<Extent2> kSize{[](const Extent2& size) { return size.h >= 1 && size.w >= 1; },
                           "at least 1"};
const Check<std::optional<Extent2>> kOptionalSize{
    [](const std::optional<Extent2>& size) { return !size || kSize.holds(*size); }, kSize.expected};
const Check<double> kFraction{[](const double& value) { return value >= 0 && value < 1; },
                              "at least 0, below 1"};
const Check<Index> kOneOrThree{[](const Index& value) { return value == 1 || value == 3; },
                               "1 or 3"};
const Check<Index> kCacheSize{[](const Index& value) { return value >= 0 && value <= 1 << 24; },
                              "at least 0"};

void image_keys(ImageFolderSpec& images, Keys& key) {
  key("channels", images.channels, "colours: as stored, or converted",
      one_of({"stored", "gray", "rgb"}));
  key("crop", images.crop, "size of the part that is cut from the centre first", kOptionalSize);
  key("resize", images.resize, "size to which that is resized", kOptionalSize);
  key("patches", images.patches, "size of random patches that are cut from the result",
      kOptionalSize);
  if (images.patches) {
    key("patches_per_image", images.patches_per_image, "random patches of an image in an epoch",
        at_least<Index>(1));
  }
  key("cache_mb", images.cache_mb,
      "megabytes of decoded images that are kept, the ones used last; 0: none", kCacheSize);
}

void synthetic_keys(SyntheticSpec& synthetic, Keys& key) {
  key("size", synthetic.size, "height and width of the images", kSize);
  key("channels", synthetic.channels, "gray or RGB", kOneOrThree);
  key("count", synthetic.count, "images in an epoch, validation included", at_least<Index>(1));
  key("style", synthetic.style, "what the images show", one_of({"mixed", "shapes", "textures"}));
}

}  // namespace

void DataSpec::keys(Keys& key) {
  key.required("source", source, "where the images come from",
               one_of({"idx", "images", "npy", "synthetic"}));
  if (source == "synthetic") {
    synthetic_keys(synthetic, key);
  } else {
    key.required("path", path, "file or folder, beside the config or in $ADJOINT_DATA");
    key("validation_path", validation_path, "file or folder of the validation images");
  }
  if (source == "idx") {
    key("which", which, "which file of a folder like MNIST's", one_of({"train", "test"}));
  }
  if (source == "images") image_keys(images, key);
  if (!validation_path) {
    key("validation", validation, "fraction of the images held out for validation", kFraction);
  }
  key("limit", limit, "use the first so many images, 0 for all", at_least<Index>(0));
}

}  // namespace adjoint
