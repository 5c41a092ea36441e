#include "train/data/make_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "datasets/formats/array_file.hpp"
#include "datasets/formats/array_place.hpp"
#include "datasets/formats/csv.hpp"
#include "datasets/formats/image_file.hpp"
#include "datasets/formats/npy.hpp"
#include "datasets/sources/marked_dataset.hpp"
#include "datasets/sources/source_table.hpp"
#include "framework/storage/atomic_file.hpp"
#include "framework/storage/file_kind.hpp"
#include "framework/storage/hdf5_file.hpp"
#include "framework/tensor/error.hpp"
#include "inference/images/result_writer.hpp"
#include "train/run_folder.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;

/// Images to write, and what is known of them: null for images that show nothing to be found.
struct Made {
  const Dataset& images;
  const MarkedDataset* marked;

  Tensor image(Index i) const {
    Tensor sample = make_tensor(images.shape());
    images.read(i, 0, view(sample));
    return sample;
  }
  Tensor mask(Index i) const {
    Tensor mask = make_tensor(marked->shape());
    marked->read_mask(i, 0, view(mask));
    return mask;
  }
};

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw RunError("cannot make the folder {}: {}", folder.string(), error.message());
}

std::vector<std::string> write_folder(const Made& made, std::string_view style,
                                      const fs::path& folder) {
  make_folder(folder);
  if (made.marked) make_folder(folder / "masks");
  std::string table = csv_line({"name", "label", "left", "top", "right", "bottom"});
  for (Index i = 0; i < made.images.size(); ++i) {
    const std::string name = fmt::format("{}-{:05}.png", style, i);
    const Tensor image = made.image(i);
    write_image(folder / name, view(image));
    if (!made.marked) continue;
    const Tensor mask = made.mask(i);
    write_image(folder / "masks" / name, view(mask));
    const std::optional<PixelBox> box = box_around(view(mask));
    std::vector<std::string> row{name, std::to_string(made.marked->label(i)), "", "", "", ""};
    if (box) {
      const std::array sides{box->left, box->top, box->right, box->bottom};
      std::ranges::transform(sides, row.begin() + 2, [](Index x) { return std::to_string(x); });
    }
    table += csv_line(row);
  }
  if (!made.marked) return {folder.string()};
  write_text_file(folder / "labels.csv", table);
  return {folder.string(), (folder / "labels.csv").string(), (folder / "masks").string()};
}

std::vector<std::string> write_arrays(const Made& made, const ArrayPlace& place) {
  std::vector<std::string> names{"data"};
  if (made.marked) names.insert(names.end(), {"masks", "labels"});
  // The .npy files, by the same names.
  const auto npy = [&](const std::string& name) {
    const std::string suffix = name == "data" ? "" : "-" + name;
    return place.file.parent_path() / (place.file.stem().string() + suffix + ".npy");
  };
  if (place.is_hdf5()) {
    if (!place.dataset.empty()) {
      throw InputError("{}: the arrays have names of their own; name the file alone",
                       place.file.string());
    }
    check_replaceable(place.file.string(), names);
  } else {
    for (const std::string& name : names) check_replaceable(npy(name).string(), FileKind::npy);
  }
  const Index count = made.images.size();
  const Shape shape = made.images.shape().batched(count);
  Tensor images = make_tensor(shape);
  for (Index i = 0; i < count; ++i)
    made.images.read(i, 0, view(images).slice(i, 1).reshaped(shape.sample()));
  Tensor masks, labels;
  if (made.marked) {
    masks = make_tensor(shape);
    labels = make_tensor({count});
    for (Index i = 0; i < count; ++i) {
      made.marked->read_mask(i, 0, view(masks).slice(i, 1).reshaped(shape.sample()));
      labels(i) = static_cast<Real>(made.marked->label(i));
    }
  }
  if (place.is_hdf5()) {
    write_atomically(place.file.string(), [&](Hdf5File& file) {
      file.write("data", view(std::as_const(images)));
      if (!made.marked) return;
      file.write("masks", view(std::as_const(masks)));
      file.write("labels", view(std::as_const(labels)));
    });
    return {place.file.string()};
  }
  std::vector<std::string> written;
  const auto write = [&](const std::string& name, const Tensor& array) {
    write_npy(npy(name), view(array));
    written.push_back(npy(name).string());
  };
  write("data", images);
  if (made.marked) {
    write("labels", labels);
    write("masks", masks);
  }
  return written;
}

}  // namespace

std::vector<std::string> make_data(const SyntheticSpec& spec, std::uint64_t seed,
                                   const std::string& out) {
  const DatasetPtr images = spec.open({.path = "", .seed = seed});
  const Made made{*images, dynamic_cast<const MarkedDataset*>(images.get())};
  if (names_folder(out)) return write_folder(made, name_of(spec.style), out);
  const ArrayPlace place = ArrayPlace::parse(out);
  if (place.is_array()) return write_arrays(made, place);
  throw InputError(
      "{}: one image file cannot hold a set of them; name a folder, an .npy or an .h5 file", out);
}

}  // namespace adjoint
