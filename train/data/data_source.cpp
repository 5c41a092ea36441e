#include "train/data/data_source.hpp"

#include <algorithm>

#include "datasets/formats/array_place.hpp"
#include "datasets/formats/image_file.hpp"
#include "datasets/sources/image_folder_dataset.hpp"
#include "datasets/sources/source_table.hpp"
#include "framework/tensor/error.hpp"
#include "models/config/config_text.hpp"
#include "train/run_folder.hpp"

namespace adjoint {
namespace {

/// Has images of several sizes cut to one, unless a key says how they come to one size.
std::optional<SizeRange> even_sizes(ImageFolderSpec& spec, const std::filesystem::path& folder) {
  if (spec.crop || spec.resize || spec.patches) return std::nullopt;
  std::optional<SizeRange> sizes;
  bool several_channels = false;
  Index channels = 0;
  for (const std::filesystem::path& file : list_images(folder, spec.files, spec.exclude).files) {
    for (const ImageInfo& page : image_pages(file)) {
      const Extent2 size{page.height, page.width};
      if (!sizes) {
        sizes = {size, size};
        channels = page.channels;
      }
      sizes->least = {std::min(sizes->least.h, size.h), std::min(sizes->least.w, size.w)};
      sizes->largest = {std::max(sizes->largest.h, size.h), std::max(sizes->largest.w, size.w)};
      several_channels = several_channels || page.channels != channels;
    }
  }
  if (several_channels && spec.channels == Colours::stored) spec.channels = Colours::rgb;
  if (!sizes || sizes->least == sizes->largest) return std::nullopt;
  spec.patches = sizes->least;
  spec.patches_per_image = 1;
  return sizes;
}

}  // namespace

DataSelection select_data(const std::string& input, const std::vector<std::string>& overrides) {
  if (input.ends_with(".toml")) {
    return {.config = read_config_file(input, overrides), .from_config = true};
  }
  std::error_code error;
  const bool is_folder = std::filesystem::is_directory(input, error);
  if (const auto checkpoint = is_folder ? checkpoint_in(input) : std::nullopt) {
    const Checkpoint saved = load_checkpoint(checkpoint->string());
    return {.config = config_of(saved, checkpoint->string(), overrides), .from_config = true};
  }
  DataSelection selection;
  selection.config.folder = std::filesystem::current_path();
  // A path may be given as a config gives it: what is not here may be in $ADJOINT_DATA.
  ArrayPlace place = ArrayPlace::parse(input);
  place.file = find_data(place.file.string(), selection.config.folder);
  const std::string found =
      place.file.string() + (place.dataset.empty() ? "" : ":" + place.dataset);
  const Kind<SourceFamily>* source = recognize_source(found);
  if (!source) {
    throw InputError(
        "{}: no source reads this; give a config (.toml), a folder of images, or a file that ends "
        "in .npy, .h5, .gz, -ubyte, .bin or one of {}",
        input, image_extensions());
  }
  // A name of a file may be any bytes, a config is UTF-8.
  DataSpec& data = selection.config.data;
  const std::string stand_in = "PATH";
  parse_config(fmt::format("source = \"{}\"\npath = \"{}\"\n", source->name, stand_in), input,
               overrides, data);
  if (data.path == stand_in) data.path = found;
  if (auto* images = data.source.as<ImageFolderSpec>())
    selection.sizes = even_sizes(*images, place.file);
  return selection;
}

}  // namespace adjoint
