#include "models/formats/array_weights.hpp"

#include <filesystem>

#include "framework/storage/hdf5_file.hpp"
#include "framework/storage/npy_format.hpp"
#include "framework/storage/zip_archive.hpp"
#include "framework/tensor/error.hpp"

namespace adjoint {
namespace array_weights {

constexpr std::string_view kEnding = ".npy";
/// Bytes that arrays may unpack to, beside eight times the file.
constexpr std::uintmax_t kAlwaysAllowedArrays = std::uintmax_t{512} << 20;

/// Adds all datasets of a group to a list.
class Collector {
 public:
  explicit Collector(const std::string& path) : file_(Hdf5File::open_model(path)) {}

  std::vector<ForeignWeight> collect() {
    add_group("", 0);
    return std::move(weights_);
  }

 private:
  static constexpr int kDeepest = 16;
  static constexpr std::size_t kMostObjects = 100'000;

  void add_group(const std::string& group, int depth) {
    for (const std::string& name : file_.list(group.empty() ? "/" : group)) {
      const std::string path = group.empty() ? name : group + "/" + name;
      if (++objects_ > kMostObjects || depth == kDeepest)
        throw InputError("{}: its groups are nested without end, at '{}'", file_.path(), path);
      if (file_.is_group(path))
        add_group(path, depth + 1);
      else if (!file_.is_text(path))
        weights_.push_back({path, file_.read(path)});
    }
  }

  Hdf5File file_;
  std::size_t objects_ = 0;
  std::vector<ForeignWeight> weights_;
};

}  // namespace array_weights

void write_npz_weights(const std::string& path, const Model& model) {
  std::vector<std::string> arrays;
  for (const Parameter& parameter : model.parameters())
    arrays.push_back(npy_bytes(view(parameter.value)));
  std::vector<ZipMember> members;
  for (std::size_t i = 0; i < arrays.size(); ++i)
    members.push_back({model.parameters()[i].name + std::string(array_weights::kEnding),
                       std::as_bytes(std::span(arrays[i]))});
  write_zip(path, members);
}

void write_hdf5_weights(const std::string& path, const Model& model) {
  write_atomically(path, [&](Hdf5File& file) {
    for (const Parameter& parameter : model.parameters())
      file.write(parameter.name, view(parameter.value));
  });
}

std::vector<ForeignWeight> read_npz(const std::string& path) {
  const ZipArchive archive = ZipArchive::open(path);
  const std::uintmax_t most =
      array_weights::kAlwaysAllowedArrays + 8 * std::filesystem::file_size(path);
  std::uintmax_t unpacked = 0;
  std::vector<ForeignWeight> weights;
  for (const std::string& member : archive.names()) {
    if (!member.ends_with(array_weights::kEnding))
      throw InputError("{}: '{}' is no array; expected an .npz archive, as numpy.savez writes it",
                       path, member);
    const std::vector<std::byte> bytes = archive.read(member);
    unpacked += bytes.size();
    if (unpacked > most)
      throw InputError("{}: its arrays, up to '{}', expand to more than {} bytes", path, member,
                       most);
    weights.push_back({member.substr(0, member.size() - array_weights::kEnding.size()),
                       parse_npy(bytes, path + ":" + member)});
  }
  return weights;
}

std::vector<ForeignWeight> read_hdf5_arrays(const std::string& path) {
  return array_weights::Collector(path).collect();
}

}  // namespace adjoint
