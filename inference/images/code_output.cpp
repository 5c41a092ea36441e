#include "inference/images/code_output.hpp"

#include <fmt/format.h>

#include "datasets/formats/csv.hpp"
#include "framework/storage/atomic_file.hpp"
#include "framework/storage/file_kind.hpp"
#include "framework/storage/hdf5_file.hpp"
#include "framework/storage/npy_format.hpp"
#include "framework/storage/zip_archive.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace {

/// "model/names" beside "model/codes".
std::string dataset_beside(const std::string& codes, const std::string& name) {
  return codes.substr(0, codes.rfind('/') + 1) + name;
}
std::string dataset_of_codes(const ArrayPlace& place) {
  return place.dataset.empty() ? "data" : place.dataset;
}

void write_csv(const std::filesystem::path& file, ConstView codes,
               const std::vector<std::string>& names, const std::vector<std::string>& labels) {
  const Index size = codes.shape.sample().size();
  std::vector<std::string> fields{"name"};
  if (!labels.empty()) fields.emplace_back("label");
  for (Index i = 0; i < size; ++i) fields.push_back(fmt::format("{}", i));
  std::string text = csv_line(fields);
  for (std::size_t row = 0; row < names.size(); ++row) {
    fields.assign(1, names[row]);
    if (!labels.empty()) fields.push_back(labels[row]);
    for (const Real number : codes.slice(static_cast<Index>(row), 1).flat())
      fields.push_back(fmt::format("{}", number));
    text += csv_line(fields);
  }
  write_text_file(file, text);
}

}  // namespace

bool CodeOutput::takes(const ArrayPlace& place) const {
  return place.is_array() || place.file.extension() == ".npz" || place.file.extension() == ".csv";
}

void CodeOutput::check_replaceable(const ArrayPlace& place) const {
  if (place.is_hdf5()) {
    const std::string codes = dataset_of_codes(place);
    const std::string names = dataset_beside(codes, "names");
    const std::string labels = dataset_beside(codes, "labels");
    if (codes == names || codes == labels)
      throw InputError(
          "{}: the names and labels of the images stand under \"{}\" and \"{}\"; name "
          "another dataset for the codes",
          place.file.string(), names, labels);
    return adjoint::check_replaceable(place.file.string(), {codes, names, labels});
  }
  if (place.is_array()) return adjoint::check_replaceable(place);
  adjoint::check_replaceable(place.file.string(), FileKind::other);
}

void CodeOutput::write(const ArrayPlace& place, ConstView codes,
                       std::span<const Index> numbers) const {
  std::vector<std::string> names, labels;
  for (const Index number : numbers) {
    names.push_back(names_.at(static_cast<std::size_t>(number)));
    if (!labels_.empty()) labels.push_back(labels_.at(static_cast<std::size_t>(number)));
  }
  if (place.is_hdf5()) {
    return write_atomically(place.file.string(), [&](Hdf5File& file) {
      const std::string dataset = dataset_of_codes(place);
      file.write(dataset, codes);
      file.write(dataset_beside(dataset, "names"), names);
      if (!labels.empty()) file.write(dataset_beside(dataset, "labels"), labels);
    });
  }
  if (place.file.extension() == ".csv") return write_csv(place.file, codes, names, labels);
  if (place.file.extension() != ".npz") return write_array(place, codes);
  const std::string arrays[] = {npy_bytes(codes), npy_bytes(names), npy_bytes(labels)};
  std::vector<ZipMember> members{{"codes.npy", std::as_bytes(std::span(arrays[0]))},
                                 {"names.npy", std::as_bytes(std::span(arrays[1]))}};
  if (!labels.empty()) members.push_back({"labels.npy", std::as_bytes(std::span(arrays[2]))});
  write_zip(place.file.string(), members);
}

Tensor read_codes(const ArrayPlace& place) {
  if (place.file.extension() != ".npz") return read_array(place);
  const ZipArchive archive = ZipArchive::open(place.file.string());
  return parse_npy(archive.read("codes.npy"), place.file.string() + ":codes.npy");
}

}  // namespace adjoint
