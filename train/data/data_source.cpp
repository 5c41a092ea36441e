#include "train/data/data_source.hpp"

#include "datasets/array_place.hpp"
#include "datasets/image_file.hpp"
#include "datasets/recognize.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {

DataSelection select_data(const std::string& input, const std::vector<std::string>& overrides) {
  if (input.ends_with(".toml")) {
    return {.config = read_config_file(input, overrides), .from_config = true};
  }
  DataSelection selection;
  selection.config.folder = std::filesystem::current_path();
  // A path may be given as a config gives it: what is not here may be in $ADJOINT_DATA.
  ArrayPlace place = ArrayPlace::parse(input);
  place.file = find_data(place.file.string(), selection.config.folder);
  const std::string found =
      place.file.string() + (place.dataset.empty() ? "" : ":" + place.dataset);
  const std::string source = recognize_source(found);
  if (source.empty()) {
    throw InputError(
        "{}: no source reads this; give a config (.toml), a folder of images, or a file that ends "
        "in .npy, .h5, .gz, -ubyte, .bin or one of {}",
        input, image_extensions());
  }
  // A name of a file may be any bytes, a config is UTF-8.
  DataSpec& data = selection.config.data;
  const std::string stand_in = "PATH";
  parse_config(fmt::format("source = \"{}\"\npath = \"{}\"\n", source, stand_in), input, overrides,
               data);
  if (data.path == stand_in) data.path = found;
  return selection;
}

}  // namespace adjoint
